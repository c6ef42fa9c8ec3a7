import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { newCalls } from '#core/new-call.ts';
import { topicSubscriptions } from './subscriptions.ts';
import { pubsubFixture } from './pubsub-fixture.testing.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

for (const samplingRate of [0, 1])
  test(`trace: an event that names none begins one, sampled at the configured rate of ${samplingRate}`, async () => {
    const fixture = pubsubFixture();
    const sampled: boolean[] = [];
    const all = topicSubscriptions({
      ...fixture.options,
      newCall: newCalls(seededRandom(), samplingRate),
      declared: [{ pubsubname: 'pubsub', topic: 'orders', metadata: {}, rules: [], defaultRoute: '/in' }],
      app: {
        deliver({ trace }) {
          sampled.push(trace.sampled);
          return Promise.resolve({ outcome: 'success' });
        },
        deliverBulk: () => assert.fail('bulk delivery is not enabled'),
      },
    });
    await all.start([]);
    await fixture.receive(JSON.stringify({ id: 'e1' }));
    await fixture.receive(JSON.stringify({ id: 'e2', traceparent }));
    assert.deepEqual(sampled, [samplingRate === 1, true]);
    await all.stop(0);
  });
