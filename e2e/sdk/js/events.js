import assert from 'node:assert/strict';
import { DaprPubSubStatusEnum } from '@dapr/dapr';
import { eventually, exercise, rejected } from './exercises.js';

const app = process.env.APP_ID;
const topics = {
  orders: `${app}-orders`,
  visits: `${app}-visits`,
  batches: `${app}-batches`,
  retries: `${app}-retries`,
  rejects: `${app}-rejects`,
  raw: `${app}-raw`,
};

/** Subscribes before the server starts; returns received events by topic or route. */
export async function subscribe({ pubsub }, name) {
  const received = { orders: [], vip: [], others: [], batches: [], retries: [], dead: [], raw: [] };
  const into = (list) => async (data) => void received[list].push(data);

  await pubsub.subscribe(name, topics.orders, into('orders'));
  await pubsub.subscribe(name, topics.raw, into('raw'), undefined, { rawPayload: true });
  await pubsub.subscribeBulk(name, topics.batches, into('batches'), { maxMessagesCount: 5, maxAwaitDurationMs: 100 });

  const routes = { rules: [{ match: 'event.data.rank == "vip"', path: '/vip' }], default: '/others' };
  await pubsub.subscribeWithOptions(name, topics.visits, { route: routes });
  pubsub.subscribeToRoute(name, topics.visits, '/vip', into('vip'));
  pubsub.subscribeToRoute(name, topics.visits, '/others', into('others'));

  await pubsub.subscribe(name, topics.retries, async (data) => {
    received.retries.push(data);
    return received.retries.length === 1 ? DaprPubSubStatusEnum.RETRY : DaprPubSubStatusEnum.SUCCESS;
  });
  await pubsub.subscribeWithOptions(name, topics.rejects, {
    callback: async () => DaprPubSubStatusEnum.DROP,
    deadLetterTopic: `${topics.rejects}-dead`,
  });
  await pubsub.subscribe(name, `${topics.rejects}-dead`, into('dead'));
  return received;
}

export async function events({ pubsub }, name, received) {
  const arrived = (list, count) =>
    eventually(
      async () => received[list],
      ({ length }) => length >= count,
    );

  await exercise(`pubsub: delivers published events, through ${name}`, async () => {
    assert.deepEqual(await pubsub.publish(name, topics.orders, { boat: 'Ægir', sails: 2 }), {});
    assert.deepEqual(await arrived('orders', 1), [{ boat: 'Ægir', sails: 2 }]);
    await pubsub.publish(name, topics.orders, 'only text', { contentType: 'text/plain' });
    assert.equal((await arrived('orders', 2))[1], 'only text');
  });

  await exercise(`pubsub: bulk publish and bulk subscription, through ${name}`, async () => {
    const published = await pubsub.publishBulk(name, topics.batches, [
      { entryID: 'first', event: { n: 1 }, contentType: 'application/json' },
      { entryID: 'second', event: { n: 2 }, contentType: 'application/json' },
      { n: 3 },
    ]);
    assert.deepEqual(published.failedMessages, []);
    const numbers = (await arrived('batches', 3)).map(({ n }) => n).toSorted();
    assert.deepEqual(numbers, [1, 2, 3]);
  });

  await exercise(`pubsub: routes by content, through ${name}`, async () => {
    await pubsub.publish(name, topics.visits, { rank: 'vip' });
    await pubsub.publish(name, topics.visits, { rank: 'guest' });
    assert.deepEqual(await arrived('vip', 1), [{ rank: 'vip' }]);
    assert.deepEqual(await arrived('others', 1), [{ rank: 'guest' }]);
  });

  await exercise(`pubsub: redelivers an event on RETRY, through ${name}`, async () => {
    await pubsub.publish(name, topics.retries, { try: 'twice' });
    assert.deepEqual(await arrived('retries', 2), [{ try: 'twice' }, { try: 'twice' }]);
  });

  await exercise(`pubsub: publishes dropped events to the dead letter topic, through ${name}`, async () => {
    await pubsub.publish(name, topics.rejects, { of: 'no use' });
    assert.deepEqual(await arrived('dead', 1), [{ of: 'no use' }]);
  });

  await exercise(`pubsub: delivers raw payloads, through ${name}`, async () => {
    await pubsub.publish(name, topics.raw, { bare: true }, { metadata: { rawPayload: 'true' } });
    assert.deepEqual(await arrived('raw', 1), [{ bare: true }]);
  });

  await exercise(`pubsub: an unknown component is an error`, async () => {
    assert.ok(await rejected(pubsub.publish('nowhere', topics.orders, { lost: true })));
  });
}
