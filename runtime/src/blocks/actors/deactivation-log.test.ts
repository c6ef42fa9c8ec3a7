import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Log, silentLog } from '#core/log.ts';
import { actorInvokeFailed } from './errors.ts';
import { ActorTestCluster } from './actor-test-cluster.testing.ts';

function clusterWith(deactivate: () => Promise<void>): { cluster: ActorTestCluster; lines: string[] } {
  const lines: string[] = [];
  const collect =
    (level: string) =>
    (fields: object, message: string): void => {
      if (/deactivat/.test(message)) lines.push(`${level} ${JSON.stringify(fields)}`);
    };
  const log: Log = { ...silentLog, info: collect('info'), warn: collect('warn'), scoped: () => log };
  const cluster = new ActorTestCluster();
  cluster.log = log;
  cluster.script = { deactivate };
  return { cluster, lines };
}

const rejecting = (): Promise<void> => Promise.reject(actorInvokeFailed('error from actor service: (500) no'));
const unreachable = (): Promise<void> => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:3000'));
const idleSoon = { entities: ['counter'], actorIdleTimeout: '10s' };

test('deactivation: an app that rejects it is named in a warning', async () => {
  const { cluster, lines } = clusterWith(rejecting);
  await cluster.call(await cluster.host('a', idleSoon), '1');
  await cluster.clock.tick(11_000);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /^warn .*"actorType":"counter","actorId":"1".*\(500\) no/);
  await cluster.close();
});

test('deactivation: its trace begins in the sidecar and is sampled at the configured rate', async () => {
  for (const samplingRate of [0, 1]) {
    const cluster = new ActorTestCluster();
    cluster.samplingRate = samplingRate;
    await cluster.call(await cluster.host('a', idleSoon), '1');
    await cluster.clock.tick(11_000);
    const [ending] = cluster.receivedCalls.filter(({ what }) => what === 'deactivate');
    assert.equal(ending?.isSampled, samplingRate === 1);
    await cluster.close();
  }
});

test('deactivation: an unavailable app causes no warning', async () => {
  const { cluster, lines } = clusterWith(unreachable);
  await cluster.call(await cluster.host('a', idleSoon), '1');
  await cluster.clock.tick(11_000);
  assert.deepEqual(lines, []);
  await cluster.close();
});

for (const [how, deactivate] of [
  ['rejects it', rejecting],
  ['is unavailable', unreachable],
] as const)
  test(`deactivation: when the sidecar stops, one line counts the actors whose app ${how}`, async () => {
    const { cluster, lines } = clusterWith(deactivate);
    const host = await cluster.host('a');
    for (const id of ['1', '2', '3']) await cluster.call(host, id);
    await cluster.close();
    assert.deepEqual(lines, ['info {"actors":3,"reason":"stopping"}']);
  });
