import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Log, silentLog } from '#core/log.ts';
import { actorInvokeFailed } from './errors.ts';
import { ActorWorld } from './testing.ts';

function worldWith(deactivate: () => Promise<void>): { world: ActorWorld; said: string[] } {
  const said: string[] = [];
  const keep =
    (level: string) =>
    (fields: object, message: string): void => {
      if (/deactivate|left/.test(message)) said.push(`${level} ${JSON.stringify(fields)}`);
    };
  const log: Log = { ...silentLog, info: keep('info'), warn: keep('warn'), scoped: () => log };
  const world = new ActorWorld();
  world.log = log;
  world.script = { deactivate };
  return { world, said };
}

const refused = (): Promise<void> => Promise.reject(actorInvokeFailed('error from actor service: (500) no'));
const gone = (): Promise<void> => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:3000'));
const idleSoon = { entities: ['counter'], actorIdleTimeout: '10s' };

test('deactivation: an app that refuses it is named in a warning', async () => {
  const { world, said } = worldWith(refused);
  await world.call(await world.host('a', idleSoon), '1');
  await world.clock.tick(11_000);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /^warn .*"actorType":"counter","actorId":"1".*\(500\) no/);
  await world.close();
});

test('deactivation: its trace begins in the sidecar and is sampled at the configured rate', async () => {
  for (const samplingRate of [0, 1]) {
    const world = new ActorWorld();
    world.samplingRate = samplingRate;
    await world.call(await world.host('a', idleSoon), '1');
    await world.clock.tick(11_000);
    const [ending] = world.heard.filter(({ what }) => what === 'deactivate');
    assert.equal(ending?.isSampled, samplingRate === 1);
    await world.close();
  }
});

test('deactivation: an app that is gone is no warning', async () => {
  const { world, said } = worldWith(gone);
  await world.call(await world.host('a', idleSoon), '1');
  await world.clock.tick(11_000);
  assert.deepEqual(said, []);
  await world.close();
});

for (const [how, deactivate] of [
  ['refuses', refused],
  ['is gone', gone],
] as const)
  test(`deactivation: of a sidecar that stops, one line tells how many actors its app left when it ${how}`, async () => {
    const { world, said } = worldWith(deactivate);
    const host = await world.host('a');
    for (const id of ['1', '2', '3']) await world.call(host, id);
    await world.close();
    assert.deepEqual(said, ['info {"actors":3,"reason":"stopping"}']);
  });
