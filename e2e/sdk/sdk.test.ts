import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { freePort } from '../../infra/launcher/ports.ts';
import { type TestServers, startTestServers } from '../harness/test-servers.ts';
import { startSidecar } from '../harness/sidecar-process.ts';
import { Missing, type Program } from './language.ts';
import { languages } from './languages.ts';
import { resourcesFor } from './resources.ts';
import { runProgram } from './run-program.ts';

const print = (line: string): void => void process.stdout.write(`  ${line}\n`);
const programLimitMs = 150_000;
let servers: TestServers;

before(async () => {
  servers = await startTestServers({ withRedis: true });
});
after(() => servers.stop());

const selected = process.env.SDK?.toLowerCase();

const chosen = languages.filter(({ name }) => !selected || name.toLowerCase() === selected);
if (chosen.length === 0)
  throw new Error(`SDK=${selected}: languages are ${languages.map(({ name }) => name).join(', ')}`);

for (const language of chosen) {
  const { name } = language;
  test(`${name}: the official SDK works on the sidecar`, { timeout: 900_000 }, async (t) => {
    const home = join(servers.home, name.toLowerCase());
    mkdirSync(home);
    let programs: readonly Program[];
    try {
      programs = await language.prepare({ home, print: (line) => print(`${name}: ${line}`) });
    } catch (cause) {
      if (!(cause instanceof Missing)) throw cause;
      return t.skip(cause.message);
    }
    for (const program of programs) await runExercises(t, `${name} ${program.name}`, program);
    return undefined;
  });
}

/** Starts one sidecar and one program; every exercise of the program is a test. */
async function runExercises(t: TestContext, title: string, program: Program): Promise<void> {
  const home = join(servers.home, program.appId);
  mkdirSync(home);
  const appPort = await freePort();
  const sidecar = await startSidecar({
    appId: program.appId,
    appPort,
    home,
    resources: await resourcesFor(program.appId, servers, home),
    flags: { 'app-protocol': program.appProtocol },
    // The program waits for the rest with its SDK.
    readyPath: '/v1.0/healthz/outbound',
  });
  const noise: string[] = [];
  const lastOutput = (): string =>
    ['its other output:', ...lastOf(noise), 'the sidecar:', ...lastOf(sidecar.lines)].join('\n  ');
  try {
    const env = {
      APP_ID: program.appId,
      APP_PORT: String(appPort),
      DAPR_HTTP_PORT: String(sidecar.ports.http),
      DAPR_GRPC_PORT: String(sidecar.ports.grpc),
      HAS_REDIS: servers.redisUrl ? '1' : '',
    };
    let begun = Date.now();
    const exercises = runProgram(program, { env, limitMs: programLimitMs, noise: (line) => noise.push(line) });
    for await (const { name, failure, skip } of exercises) {
      const outcome = failure !== undefined ? '✗' : skip !== undefined ? '–' : '✓';
      print(`${outcome} ${title}: ${name}${skip ? `: skipped: ${skip}` : ''} (${Date.now() - begun} ms)`);
      begun = Date.now();
      await t.test(`${title}: ${name}`, { skip: skip ?? false }, () => {
        if (failure !== undefined) assert.fail(`${failure}\n${lastOutput()}`);
      });
    }
  } finally {
    await sidecar.stop();
  }
  await t.test(`${title}: the sidecar exits with 0 and logs no errors`, () => {
    assert.equal(sidecar.ending(), 'exit code 0', lastOutput());
    assert.deepEqual(lastOf(sidecar.lines.filter(isBreakage)), []);
  });
}

const lastOf = (lines: readonly string[]): readonly string[] => lines.slice(-10).map((line) => line.slice(0, 500));

/** A stack trace, an unexpected error, or a warning of Node. */
function isBreakage(line: string): boolean {
  return /unexpected|unhandled|level=(fatal|panic)|\bat .*\.ts:\d+|node:internal|MaxListeners|Warning:/i.test(line);
}
