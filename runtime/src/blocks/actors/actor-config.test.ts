import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseActorConfig, withClampedDrains } from './actor-config.ts';

test('actor config: entitiesConfig overrides the general settings of a type', () => {
  const { types, warnings: complaints } = parseActorConfig({
    entities: ['order', 'cart'],
    actorIdleTimeout: '10m',
    drainOngoingCallTimeout: '5s',
    drainRebalancedActors: false,
    reentrancy: { enabled: true },
    entitiesConfig: [{ entities: ['cart'], actorIdleTimeout: '1h', reentrancy: { enabled: true, maxStackDepth: 5 } }],
  });
  const order = { idleTimeoutMs: 600_000, drainTimeoutMs: 5000, waitsForTurns: false, maxStackDepth: 32 };
  assert.deepEqual(types.get('order'), order);
  assert.deepEqual(types.get('cart'), { ...order, idleTimeoutMs: 3_600_000, maxStackDepth: 5 });
  assert.deepEqual(complaints, []);
});

test('actor config: absent settings have defaults, and invalid ones log a warning', () => {
  const { types, warnings: complaints } = parseActorConfig({ entities: ['order'], actorIdleTimeout: 'an hour' });
  assert.deepEqual(types.get('order'), {
    idleTimeoutMs: 3_600_000,
    drainTimeoutMs: 2000,
    waitsForTurns: true,
    maxStackDepth: undefined,
  });
  assert.match(complaints.join(), /actorIdleTimeout "an hour"/);
});

test('actor config: a drain timeout of zero ends turns at once', () => {
  const { types, warnings: complaints } = parseActorConfig({ entities: ['order'], drainOngoingCallTimeout: '0s' });
  assert.deepEqual([types.get('order')?.drainTimeoutMs, complaints], [0, []]);
});

test('actor config: a drain that reaches the dissemination timeout is clamped with the warning of the reference', () => {
  const config = parseActorConfig({
    entities: ['order', 'cart', 'bill'],
    drainOngoingCallTimeout: '60s',
    entitiesConfig: [
      { entities: ['cart', 'bill'], drainOngoingCallTimeout: '4s' },
      { entities: ['bill'], drainOngoingCallTimeout: '3999ms' },
    ],
  });
  const { types, warnings: complaints } = withClampedDrains(config, 4000);
  assert.deepEqual(
    Array.from(types, ([type, { drainTimeoutMs }]) => [type, drainTimeoutMs]),
    [
      ['order', 3200],
      ['cart', 3200],
      ['bill', 3999],
    ],
  );
  const end =
    'meets or exceeds the dissemination timeout (4s); clamping to 3.2s to avoid blocking placement dissemination';
  assert.deepEqual(complaints, [
    `drainOngoingCallTimeout (4s) for entities=cart,bill ${end}`,
    `drainOngoingCallTimeout (1m0s) for global config ${end}`,
  ]);
  assert.equal(withClampedDrains(config, 61_000), config);
});

test('actor config: a drain is clamped to no less than the default', () => {
  const { types } = withClampedDrains(parseActorConfig({ entities: ['order'], drainOngoingCallTimeout: '5s' }), 1000);
  assert.equal(types.get('order')?.drainTimeoutMs, 2000);
});

test('actor config: a response that is not an object hosts nothing', () => {
  assert.equal(parseActorConfig([]).types.size, 0);
  assert.equal(parseActorConfig({ entities: 'order' }).types.size, 0);
});
