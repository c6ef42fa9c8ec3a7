import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { RunningFile } from '../launcher/running-file.ts';
import { natsOptions } from '../servers/nats.ts';
import {
  consumerFinding,
  consumerName,
  examineStore,
  type Finding,
  isLeftOver,
  operationFindings,
} from './examine-store.ts';

let operations: unknown;
const server = createServer((request, reply) => {
  const isOperations = request.url === '/operations' && request.headers['x-staff-token'] === 'staff' && operations;
  const isHealthy = request.url === '/healthz' || request.url === '/v1.0/healthz';
  reply.writeHead(isOperations ? 200 : isHealthy ? 204 : 404);
  reply.end(isOperations ? JSON.stringify(operations) : '');
});
before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
after(() => server.close());

const nats = process.env.TEST_NATS_URL;

async function examine(servers?: RunningFile['servers']): Promise<Record<string, Finding>> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const urls = { storefront: url, order: url, 'order/sidecar': url, cart: 'http://127.0.0.1:1' };
  const secrets = { staffToken: 'staff', providerSecretKey: '', daprApiTokens: {}, appApiTokens: {} };
  const running = {
    pid: 1,
    urls,
    servers,
    ports: {},
    pids: { order: 42 },
    logs: '/logs',
    staffToken: 'staff',
    secrets,
  };
  return Object.fromEntries((await examineStore(running)).map((finding) => [finding[1], finding]));
}

test('examineStore: reports healthy programs, unreachable ones and the findings of the order service', async () => {
  operations = { deadLetters: { open: 2 }, ordersWithoutProgress: { count: 0, oldest: [] } };
  const findings = await examine();
  assert.equal(findings.order?.[0], '✓');
  assert.match(findings.order?.[2] ?? '', /pid 42/);
  assert.equal(findings['order/sidecar']?.[0], '✓');
  assert.deepEqual(findings.cart?.slice(0, 2), ['✗', 'cart']);
  assert.match(findings['Dead letters']?.[2] ?? '', /2 open: npm run dead-letters/);
});

test('examineStore: an order service without /operations is not a problem', async () => {
  operations = undefined;
  assert.equal((await examine()).Orders?.[0], '·');
});

test('examineStore: an unreachable broker is a problem', async () => {
  const findings = await examine({ postgres: '', nats: 'nats://127.0.0.1:1' });
  assert.equal(findings.NATS?.[0], '✗');
});

test(
  'examineStore: counts pending and unacknowledged messages of each consumer',
  { skip: nats ? false : 'TEST_NATS_URL is not set' },
  async () => {
    const connection = await connect(natsOptions(nats ?? ''));
    const manager = await jetstreamManager(connection);
    const name = `doctor-${process.pid}`;
    await manager.streams.add({ name, subjects: [name] });
    try {
      await manager.consumers.add(name, { durable_name: 'order', ack_policy: 'explicit' });
      const js = jetstream(connection);
      for (let n = 0; n < 5; n++) await js.publish(name, 'x');
      const consumer = await js.consumers.get(name, 'order');
      await consumer.next();
      const findings = await examine({ postgres: '', nats: nats ?? '' });
      assert.deepEqual(findings[`${name} → order`], [
        '·',
        `${name} → order`,
        '4 waiting, 1 unacknowledged, 0 redelivered',
      ]);
    } finally {
      await manager.streams.delete(name);
      await connection.close();
    }
  },
);

test('consumerFinding: an idle consumer is healthy, one with redelivered messages is not', () => {
  assert.equal(consumerFinding({ name: 'a', pending: 0, unacknowledged: 0, redelivered: 0 })[0], '✓');
  assert.equal(consumerFinding({ name: 'a', pending: 0, unacknowledged: 1, redelivered: 1 })[0], '✗');
});

test('consumerName: is the topic and the app of a consumer of a sidecar, without hashes', () => {
  const apps = ['order', 'order/sidecar', 'cart'];
  const name = (consumer: string, stream = 'outrigger-order-records-5e6f7a8b') =>
    consumerName(stream, consumer, 'order-records', apps);
  assert.equal(name('order-order-records-1a2b3c4d'), 'order-records → order');
  assert.equal(name('reviews-order-records-1a2b3c4d'), 'order-records → reviews-order-records-1a2b3c4d');
  assert.equal(name('mine', 'of-another-program'), 'of-another-program → mine');
});

test('consumerFinding: a consumer that no service of the store reads is named', () => {
  const apps = ['order', 'order/sidecar', 'cart'];
  const stream = 'outrigger-pubsub';
  assert.equal(isLeftOver(stream, 'order-order_events-1a2b3c4d', 'order.events', apps), false);
  assert.equal(isLeftOver(stream, 'reviews-order_events-1a2b3c4d', 'order.events', apps), true);
  assert.equal(isLeftOver(stream, 'order-reviews-order_events-1a2b3c4d', 'order.events', apps), true);
  assert.equal(isLeftOver('of-another-program', 'reviews-order_events', 'order.events', apps), false);
  const [mark, , how] = consumerFinding({ name: 'a', pending: 7, unacknowledged: 0, redelivered: 0, isLeftOver: true });
  assert.equal(mark, '·');
  assert.match(how, /left behind: no service of this store reads it.*; 7 waiting/);
});

test('operationFindings: the command for dead letters names the folder of a store that has its own', () => {
  const how = (home?: string) => operationFindings({ deadLetters: { open: 1 } }, home)[0]?.[2] ?? '';
  assert.match(how(), /-- list$/);
  assert.match(how('/data/shop'), /-- list --home \/data\/shop$/);
});

test('operationFindings: stuck orders and violated invariants are named', () => {
  const findings = operationFindings({
    ordersWithoutProgress: { count: 2, oldest: ['TW-1', 'TW-2'] },
    invariants: { ok: false, problems: ['TW-3 shipped, not paid'] },
  });
  assert.deepEqual(
    findings.map(([mark, , how]) => [mark, how]),
    [
      ['✗', '2 without progress, the oldest: TW-1, TW-2'],
      ['✗', 'TW-3 shipped, not paid'],
    ],
  );
});
