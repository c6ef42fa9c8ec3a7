import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloudEvent } from '@outrigger/sdk';
import { topicOf } from '@tidewater/contracts/topics.ts';
import { sampleRequest } from '../testing.ts';
import { consequenceOf, deadLetterOf } from './dead-letter.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const event = (over: object): CloudEvent => ({
  id: 'e1',
  type: 'order.changed',
  source: 'order',
  topic: 'orders',
  pubsubname: 'pubsub',
  data: { orderId: 'TW-2' },
  traceparent,
  ...over,
});

test('deadLetterOf: reads the attributes that Outrigger adds', () => {
  const deadLetter = deadLetterOf(
    'payment',
    event({ deadletterreason: 'bad name', deadlettertopic: 'orders', deadletterattempts: '3' }),
  );
  const { event: text, ...rest } = deadLetter;
  assert.deepEqual(rest, {
    app: 'payment',
    topic: 'orders',
    eventId: 'e1',
    eventType: 'order.changed',
    orderId: 'TW-2',
    reason: 'bad name',
    attempts: 3,
    traceparent,
  });
  assert.equal((JSON.parse(text) as CloudEvent).id, 'e1');
});

test('deadLetterOf: without attributes the topic comes from the envelope or the type', () => {
  const deadLetter = deadLetterOf('payment', event({}));
  assert.deepEqual(
    [deadLetter.topic, deadLetter.attempts, deadLetter.reason],
    ['orders', undefined, 'The sidecar gave no reason.'],
  );
  const renamed = event({ topic: 'order-dead-letters', type: 'payment.captured' });
  assert.equal(deadLetterOf('order', renamed).topic, 'payments');
  assert.equal(deadLetterOf('order', event({ topic: undefined, type: 'x' })).topic, 'unknown');
});

test('deadLetterOf: the type of each message gives its topic, that of earlier versions too', () => {
  const types = { ...topicOf, 'stock.refused': 'stock' };
  for (const [type, topic] of Object.entries(types))
    assert.equal(deadLetterOf('catalog', event({ type, topic: undefined })).topic, topic);
});

test('deadLetterOf: accepts any envelope, and returns text that a database accepts', () => {
  const hostile = ['\0', '\ud800', 'a\nb', '', 7, null, {}, [], 'x'.repeat(5_000)];
  for (const value of hostile) {
    const deadLetter = deadLetterOf(
      'order',
      event({
        id: typeof value === 'string' ? value : 'e1',
        type: typeof value === 'string' ? value : 't',
        topic: value,
        traceparent: value,
        data: value,
        deadletterreason: value,
        deadlettertopic: value,
        deadletterattempts: value,
      }),
    );
    for (const [name, text] of Object.entries(deadLetter)) {
      if (typeof text !== 'string') continue;
      // oxlint-disable-next-line no-control-regex -- exactly what cannot be stored
      assert.doesNotMatch(text, /\0|\p{Cs}/u, name);
      assert.ok(name === 'event' || text.length <= 8_000, name);
    }
  }
});

const consequence = (app: string, over: object): string => {
  const dead = event(over);
  return consequenceOf(deadLetterOf(app, dead), dead).kind;
};
const checkedOut = { type: 'cart.checked-out', topic: 'carts', data: { order: { ...sampleRequest, total: 'x' } } };

for (const [description, app, over, expected] of [
  ['a command that catalog cannot process', 'catalog', {}, 'end order'],
  ['a command that payment cannot process', 'payment', {}, 'end order'],
  ['a request that order cannot process', 'order', checkedOut, 'reject request'],
  ['a request that was valid', 'order', { ...checkedOut, data: { order: sampleRequest } }, 'none'],
  [
    'a request of a version to come',
    'order',
    { ...checkedOut, data: { schemaVersion: 2, order: sampleRequest } },
    'reject request',
  ],
  ['a request of nobody', 'order', { ...checkedOut, data: { order: { orderId: 'TW-2' } } }, 'none'],
  ['a request without a number', 'order', { ...checkedOut, data: { order: { shopperId: 'ann' } } }, 'none'],
  ['a response of payment', 'order', { type: 'payment.captured', topic: 'payments' }, 'none'],
  ['a response of catalog', 'order', { type: 'stock.reserved', topic: 'stock' }, 'none'],
  ['an event for the projection', 'order', {}, 'none'],
  ['an event for open pages', 'storefront', {}, 'none'],
  ['an order number that is none', 'catalog', { data: { orderId: '../x' } }, 'none'],
  ['data that names no order', 'catalog', { data: 'x' }, 'none'],
] as const) {
  test(`consequenceOf: ${description}: ${expected}`, () => assert.equal(consequence(app, over), expected));
}
