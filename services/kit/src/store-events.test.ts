import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloudEvent } from '@outrigger/sdk';
import { DropEventError } from '@outrigger/sdk';
import { topics } from '@tidewater/contracts/topics.ts';
import { storeMessage, storeSubscription } from './store-events.ts';

const deliver = (subscription: ReturnType<typeof storeSubscription>, type: string, data: unknown): unknown =>
  subscription.handlers[type]?.({ id: '1', type, source: 's', topic: subscription.topic, pubsubname: 'pubsub', data });

test('storeMessage: each message has its own topic', () => {
  const { topic, type, data } = storeMessage('release-stock', { orderId: 'o1' });
  assert.deepEqual([topic, type, data], ['stock-commands', 'release-stock', { orderId: 'o1' }]);
});

test('storeSubscription: data is checked, unknown members are removed, another schemaVersion is dropped', () => {
  const received: unknown[] = [];
  const subscription = storeSubscription('order', topics.stock, {
    'stock.reserved': ({ data }) => void received.push(data),
  });
  deliver(subscription, 'stock.reserved', { orderId: 'o1', more: true });
  assert.deepEqual(received, [{ orderId: 'o1' }]);
  assert.throws(() => deliver(subscription, 'stock.reserved', { orderId: '/' }), { status: 400 });
  assert.throws(() => deliver(subscription, 'stock.reserved', { orderId: 'o1', schemaVersion: 2 }), DropEventError);
  assert.equal(subscription.deadLetterTopic, 'order-dead-letters');
});

test('storeSubscription: messages of earlier versions are upcast', () => {
  const received: unknown[] = [];
  const note = ({ type, data }: CloudEvent): void => void received.push([type, data]);
  const stock = storeSubscription('order', topics.stock, { 'stock.rejected': note });
  deliver(stock, 'stock.refused', { orderId: 'o1', missing: [{ productId: 'rope', wanted: 2, available: 1 }] });
  const orders = storeSubscription('storefront', topics.orders, { 'order.changed': note });
  const changed = { orderId: 'o1', shopperId: 'ann', version: 3, at: '2026-01-01T00:00:00.000Z' };
  for (const status of ['reserved', 'payment failed'])
    deliver(orders, 'order.changed', { ...changed, status, story: 'x', by: 'catalog', asks: [] });
  assert.deepEqual(received, [
    ['stock.refused', { orderId: 'o1', missing: [{ productId: 'rope', requested: 2, available: 1 }] }],
    ['order.changed', { ...changed, status: 'awaiting-payment' }],
    ['order.changed', { ...changed, status: 'payment-failed' }],
  ]);
});

test('storeSubscription: an unknown command is dropped with its reason, an unknown event is ignored', () => {
  const commands = storeSubscription('catalog', topics.stockCommands, {});
  const event = { id: '1', type: 'paint-it', source: 'order', topic: 'stock-commands', pubsubname: 'pubsub', data: {} };
  assert.throws(() => commands.defaultHandler?.(event), new DropEventError('command paint-it is unknown'));
  const hostile = { ...event, type: 'a\nbcc: all@example.org' };
  assert.throws(() => commands.defaultHandler?.(hostile), new DropEventError('the command is unknown'));
  assert.notEqual(storeSubscription('payment', topics.paymentCommands, {}).defaultHandler, undefined);
  assert.equal(storeSubscription('storefront', topics.orders, {}).defaultHandler, undefined);
});

test('storeSubscription: an id that cannot be stored or printed makes a dead letter, whose reason does not contain it', () => {
  const received: string[] = [];
  const { handlers } = storeSubscription('catalog', topics.stockCommands, {
    'release-stock': ({ id }) => void received.push(id),
  });
  const event = { type: 'release-stock', source: 'order', topic: 'stock-commands', pubsubname: 'pubsub' };
  const data = { orderId: 'o1' };
  for (const id of ['', 'a\0b', 'a\nbcc: all@example.org', 'ann@example.org', 'x'.repeat(201), '\ud800'])
    assert.throws(
      () => handlers['release-stock']?.({ ...event, id, data }),
      new DropEventError('the id of the event is not an identifier'),
    );
  void handlers['release-stock']?.({ ...event, id: 'o1:release-stock:7', data });
  assert.deepEqual(received, ['o1:release-stock:7']);
});
