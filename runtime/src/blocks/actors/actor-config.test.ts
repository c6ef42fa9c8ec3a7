import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseActorConfig } from './actor-config.ts';

test('a type may differ from the general settings', () => {
  const { types, complaints } = parseActorConfig({
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

test('defaults stand where nothing is said, and what cannot be read is complained about', () => {
  const { types, complaints } = parseActorConfig({ entities: ['order'], actorIdleTimeout: 'an hour' });
  assert.deepEqual(types.get('order'), {
    idleTimeoutMs: 3_600_000,
    drainTimeoutMs: 2000,
    waitsForTurns: true,
    maxStackDepth: undefined,
  });
  assert.match(complaints.join(), /actorIdleTimeout "an hour"/);
});

test('an answer that is no object hosts nothing', () => {
  assert.equal(parseActorConfig([]).types.size, 0);
  assert.equal(parseActorConfig({ entities: 'order' }).types.size, 0);
});
