import type { OrderCommand, OrderChanged } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import { jsonLog } from '@tidewater/kit/log.ts';
import { openOutbox } from '@tidewater/kit/outbox.ts';
import { testDatabase, testContext } from '@tidewater/kit/testing.ts';
import { recordingTransport } from '@outrigger/sdk/testing';
import { migrations } from './migrations.ts';
import { orderSubscription } from './order-subscription.ts';
import { paymentHandler } from './payment-handler.ts';
import { paymentInvariants, readPaymentRecords } from './payment-invariants.ts';
import { providerBreaker } from './payment.ts';
import { providerClient } from './provider-client.ts';
import type { ProviderClient } from './provider-client.ts';
import { testKeys, testProvider } from './provider/testing.ts';

/** Payment with a separate provider, without processes; `wrap` may lose responses. */
export async function paymentFixture(wrap: (client: ProviderClient) => ProviderClient = (client) => client) {
  const provider = await testProvider();
  const database = await testDatabase(migrations);
  const transport = recordingTransport();
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const log = jsonLog({ app: 'payment', level: 'debug', write, now: () => 0, traceId: () => undefined });
  const context = testContext({ transport, log });
  const outbox = openOutbox(context, database);
  const client = providerClient({
    url: provider.url,
    secretKey: testKeys.secret,
    timeoutMs: 5_000,
    breaker: providerBreaker(context),
  });
  const handler = orderSubscription(paymentHandler({ database, outbox, provider: wrap(client), log })).handlers[
    'order.changed'
  ];
  let deliveries = 0;
  return {
    provider,
    database,
    transport,
    client,
    /** All lines of payment's log. */
    lines,
    /** Delivers a command as the event `id`, a new one when absent; `change` alters the order. */
    async send(
      command: OrderCommand,
      orderId: string,
      { token }: { readonly token: string },
      id = `event-${deliveries++}`,
      change: Partial<OrderChanged> = {},
    ) {
      const data = { ...orderChanged(command, orderId, token), ...change };
      await handler?.({ id, type: 'order.changed', source: 'order', topic: 'orders', pubsubname: 'pubsub', data });
    },
    /** What has been published since the last call. */
    async published() {
      await outbox.flush();
      return transport.published.splice(0).map(({ type, data }) => ({ type, data: data as Record<string, unknown> }));
    },
    /** The same as `type order`. */
    async publishedTypes() {
      return (await this.published()).map(({ type, data }) => `${type} ${String(data['orderId'])}`);
    },
    async invariants() {
      return paymentInvariants(await readPaymentRecords(database), await client.readLedger()).problems;
    },
    async [Symbol.asyncDispose]() {
      await outbox.close();
      await database.close();
      await provider[Symbol.asyncDispose]();
    },
  };
}

function orderChanged(command: OrderCommand, orderId: string, token: string): OrderChanged {
  return {
    orderId,
    shopperId: 'shopper',
    version: 1,
    status: 'awaiting payment',
    at: '2026-01-01T00:00:00Z',
    story: 'Your payment is being made.',
    by: 'order',
    asks: [command],
    lines: [],
    total: eur(1999),
    delivery: eur(0),
    payment: { token },
    contact: { name: 'A', email: 'a@example.org' },
    address: { street: 'Quay 1', postcode: '24103', city: 'Kiel', country: 'DE' },
  };
}
