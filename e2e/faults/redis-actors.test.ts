import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findRedis } from '../../infra/servers/redis.ts';
import { actorApp, type ActorApp } from '../harness/actor-app.ts';
import { startRedis, type RestartableRedis } from '../harness/redis.ts';
import { type SidecarProcess, startSidecar } from '../harness/sidecar-process.ts';
import { eventually } from '../harness/store.ts';

interface Host {
  readonly app: ActorApp;
  readonly sidecar: SidecarProcess;
}

/** The component file that `dapr init` writes, with the port of the test. */
const statestore = (port: number): string => `
apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: statestore
spec:
  type: state.redis
  version: v1
  metadata:
  - name: redisHost
    value: localhost:${port}
  - name: redisPassword
    value: ""
  - name: actorStateStore
    value: "true"
`;

const skip = findRedis() === undefined ? 'no redis-server on PATH' : false;

describe('actors on Redis, on three hosts', { skip, timeout: 180_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'redis-actors-'));
  let redis: RestartableRedis;
  let hosts: Host[] = [];

  const start = async (): Promise<Host> => {
    const app = await actorApp('counter');
    const sidecar = await startSidecar({
      appId: 'counting',
      appPort: app.port,
      resources: [statestore(redis.port)],
      home,
    });
    app.useSidecar(sidecar.url);
    return { app, sidecar };
  };
  const stop = async ({ app, sidecar }: Host): Promise<void> => {
    await sidecar.stop();
    await app.close();
  };
  const call = (host: Host, id: string, method: string, body = ''): Promise<Response> =>
    fetch(`${host.sidecar.url}/v1.0/actors/counter/${id}/method/${method}`, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(15_000),
    });
  const stored = async (id: string): Promise<readonly string[]> => {
    const response = await call(hosts.at(-1) as Host, id, 'list');
    assert.equal(response.status, 200);
    return (await response.json()) as readonly string[];
  };

  before(async () => {
    redis = await startRedis(home);
    hosts = await Promise.all([start(), start(), start()]);
  });
  after(async () => {
    await Promise.all(hosts.map(stop));
    await redis.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('GET /v1.0/metadata: state.redis has the capabilities of the reference', async () => {
    const response = await fetch(`${hosts[0]?.sidecar.url}/v1.0/metadata`);
    const { components } = (await response.json()) as { components: { capabilities: string[] }[] };
    assert.deepEqual(components[0]?.capabilities, ['ETAG', 'TRANSACTIONAL', 'TTL', 'KEYS_LIKE', 'ACTOR']);
  });

  test('SIGSTOP beyond the lease: the stopped turn writes nothing', async () => {
    await call(hosts[0] as Host, 'stopped', 'add', 'first');
    const owner = hosts.find(({ app }) => app.calls.some((path) => path.includes('/stopped/'))) as Host;
    const other = hosts.find((host) => host !== owner) as Host;
    const heldWrite = owner.app.holdNextWrite();
    const late = call(owner, 'stopped', 'add', 'late').then(
      ({ status }) => status,
      () => 0,
    );
    await heldWrite.reached;
    process.kill(owner.sidecar.pid, 'SIGSTOP');
    await eventually(
      'another host taking over',
      async () => (await call(other, 'stopped', 'add', 'second')).status,
      (status) => status === 200,
      20_000,
    );
    // Its app saves while the resumed process still considers its lease valid.
    heldWrite.release();
    process.kill(owner.sidecar.pid, 'SIGCONT');
    await late;
    assert.notEqual(await heldWrite.status, 204);
    assert.ok(!(await stored('stopped')).slice(0, 2).includes('late'));
    assert.deepEqual((await stored('stopped')).slice(0, 2), ['first', 'second']);
  });

  test('SIGKILL, SIGSTOP and a restart of Redis: acknowledged operations are applied once', async (t) => {
    const acknowledged = new Map<string, string[]>();
    const failures = new Map<string, number>();
    let [isDone, serial] = [false, 0];
    const client = async (at: number): Promise<void> => {
      while (!isDone) {
        const id = `shared-${at % 4}`;
        const operation = `op-${serial++}`;
        const host = hosts[serial % hosts.length] as Host;
        const outcome = await call(host, id, 'add', operation).then(
          (response) => String(response.status),
          (cause: unknown) => (cause as Error).name,
        );
        if (outcome === '200') acknowledged.set(id, [...(acknowledged.get(id) ?? []), operation]);
        else failures.set(outcome, (failures.get(outcome) ?? 0) + 1);
        if (outcome !== '200') await sleep(50);
      }
    };
    const clients = Promise.all(Array.from({ length: 8 }, (_, at) => client(at)));
    await sleep(1500);
    const [killed, stopped] = hosts as [Host, Host, Host];
    process.kill(killed.sidecar.pid, 'SIGKILL');
    await sleep(500);
    hosts = [...hosts.slice(1), await start()];
    await killed.app.close();
    process.kill(stopped.sidecar.pid, 'SIGSTOP');
    await sleep(8000);
    process.kill(stopped.sidecar.pid, 'SIGCONT');
    await sleep(2000);
    await redis.kill();
    await sleep(1000);
    await redis.start();
    await sleep(3000);
    const before = [...acknowledged.values()].flat().length;
    await eventually(
      'turns after the faults',
      async () => [...acknowledged.values()].flat().length,
      (count) => count > before + 20,
      20_000,
    );
    isDone = true;
    await clients;
    let applied = 0;
    for (const [id, operations] of acknowledged) {
      const list = await stored(id);
      const set = new Set(list);
      applied += list.length;
      assert.equal(set.size, list.length, 'nothing is applied twice');
      assert.deepEqual(
        operations.filter((operation) => !set.has(operation)),
        [],
      );
    }
    const total = [...acknowledged.values()].flat().length;
    t.diagnostic(`${total} acknowledged, ${applied} applied, failed: ${JSON.stringify([...failures])}`);
  });
});
