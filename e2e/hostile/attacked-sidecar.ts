import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { component } from '../harness/component.ts';
import { type TestServers, startTestServers } from '../harness/test-servers.ts';
import { type SidecarProcess, type ProcessMemory, startSidecar } from '../harness/sidecar-process.ts';
import { eventually } from '../harness/store.ts';
import { startUnaffectedClient } from './unaffected-client.ts';
import { maxBodyBytes } from './http-corpus.ts';
import { type TargetApp, startTargetApp } from './target-app.ts';
import { names } from './valid-requests.ts';

export interface AttackedSidecar {
  readonly sidecar: SidecarProcess;
  /**
   * Runs an attack while an unaffected client continues to work, and checks what must hold after any attack: the process
   * runs, the client was served, no internal error occurred.
   */
  readonly underAttack: (attack: () => Promise<void>) => Promise<void>;
  stop(): Promise<void>;
}

export async function startAttackedSidecar(): Promise<AttackedSidecar> {
  const servers = await startTestServers();
  const app = await startTargetApp();
  try {
    return await attackable(servers, app);
  } catch (cause) {
    await app.close();
    await servers.stop();
    throw cause;
  }
}

async function attackable(servers: TestServers, app: TargetApp): Promise<AttackedSidecar> {
  const sidecar = await startSidecar({
    appId: names.app,
    appPort: app.port,
    home: servers.home,
    env: { TARGET_SECRET: 'a secret' },
    resources: await resourcesOn(servers),
    flags: { 'max-body-size': `${maxBodyBytes / 1024}Ki` },
  });
  const around = readdirSync(servers.home).toSorted();
  return {
    sidecar,
    underAttack: async (attack) => {
      const from = sidecar.lines.length;
      const unaffectedClient = startUnaffectedClient(sidecar.url);
      try {
        await attack();
      } finally {
        await unaffectedClient.stop();
      }
      process.stdout.write(
        `  meanwhile ${unaffectedClient.rounds()} rounds of valid calls; ${unaffectedClient.slowest()}\n`,
      );
      assert.equal(sidecar.ending(), undefined, `the sidecar ended:\n${sidecar.lines.slice(-20).join('\n')}`);
      assert.deepEqual(unaffectedClient.complaints(), [], 'the unaffected client was not served');
      assert.ok(unaffectedClient.rounds() > 0, 'the unaffected client made no calls');
      assert.deepEqual(sidecar.lines.slice(from).filter(isBreakage), [], 'an internal error was logged');
      assert.deepEqual(readdirSync(servers.home).toSorted(), around, 'files were written outside of the store folders');
      await eventually(
        'published events arriving',
        () => Promise.resolve(app.received()),
        (received) => received >= unaffectedClient.rounds(),
        10_000,
      );
    },
    async stop() {
      await sidecar.stop();
      await app.close();
      await servers.stop();
    },
  };
}

/** A stack trace, an unexpected error, or a warning of Node. */
function isBreakage(line: string): boolean {
  return /unexpected|unhandled|level=(fatal|panic)|\bat .*\.ts:\d+|node:internal|MaxListeners|Warning:/i.test(line);
}

/** One component of each kind, so that attacks reach all code. */
async function resourcesOn({ postgresUrl, natsUrl, home }: TestServers): Promise<readonly string[]> {
  const [files, keys] = [join(home, 'files'), join(home, 'keys')];
  mkdirSync(files);
  mkdirSync(keys);
  writeFileSync(join(keys, 'key'), randomBytes(32));
  const database = new pg.Client({ connectionString: postgresUrl });
  await database.connect();
  await database.query('create table settings (key text, value text, version text, metadata jsonb)');
  await database.query("insert into settings values ('k1', 'v1', '1', '{}')");
  await database.end();
  const connectionString = postgresUrl;
  return [
    component(names.state, 'state.postgresql/v2', { connectionString, actorStateStore: 'true' }),
    component(names.otherState, 'state.sqlite/v1', { connectionString: join(home, 'state.db') }),
    component(names.pubsub, 'pubsub.jetstream/v1', { natsURL: natsUrl }),
    component(names.secrets, 'secretstores.local.env/v1', {}),
    component(names.lock, 'lock.postgresql/v1', { connectionString }),
    component(names.configuration, 'configuration.postgresql/v1', {
      connectionString,
      table: 'settings',
      pgNotifyChannel: 'settings',
    }),
    component(names.crypto, 'crypto.dapr.localstorage/v1', { path: keys }),
    component(names.conversation, 'conversation.echo/v1', {}),
    component(names.binding, 'bindings.localstorage/v1', { rootPath: files }),
  ];
}

/** The growth that one more attack may cause: buffers of pools, compiled code. */
const heapSlackBytes = 12 * 1024 * 1024;
const fileSlack = 16;

/** A repetition of the same attack must not increase the memory of the process. */
export function assertMemoryStable(before: ProcessMemory, after: ProcessMemory): void {
  const mb = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  const retainedBytes = (memory: ProcessMemory): number => memory.heapUsed + memory.external;
  const summary = `${mb(retainedBytes(before))} → ${mb(retainedBytes(after))}, rss ${mb(before.rss)} → ${mb(after.rss)}, ${before.files} → ${after.files} files`;
  process.stdout.write(`  memory: ${summary}\n`);
  assert.ok(retainedBytes(after) - retainedBytes(before) < heapSlackBytes, `memory grows: ${summary}`);
  assert.ok(
    after.files - before.files <= fileSlack,
    `files stay open: ${summary}, ${JSON.stringify([before.resources, after.resources])}`,
  );
}
