import type { Messages, PaymentCommand } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import { jsonLog } from '@tidewater/kit/log.ts';
import { openOutbox } from '@tidewater/kit/outbox.ts';
import { testDatabase, testContext } from '@tidewater/kit/testing.ts';
import { recordingTransport } from '@outrigger/sdk/testing';
import { migrations } from './schema/migrations.ts';
import { commandSubscription } from './consumers/payment-command-subscription.ts';
import { paymentHandler } from './commands/payment-handler.ts';
import { paymentInvariants, readPaymentRecords } from './queries/payment-invariants.ts';
import { providerBreaker } from './clients/provider-breaker.ts';
import { providerClient } from './clients/provider-client.ts';
import type { ProviderClient } from './clients/provider-client.ts';
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
  const { handlers } = commandSubscription(paymentHandler({ database, outbox, provider: wrap(client), log }));
  let deliveries = 0;
  return {
    provider,
    database,
    transport,
    client,
    /** All lines of payment's log. */
    lines,
    /** Delivers a command as the event `id`, a new one when absent; `change` alters its data. */
    async send(
      command: PaymentCommand,
      orderId: string,
      { token }: { readonly token: string },
      id = `event-${deliveries++}`,
      change: Partial<Messages['charge']> = {},
    ) {
      const data = { orderId, shopperId: 'shopper', total: eur(1999), token, ...change };
      const envelope = { id, type: command, source: 'order', topic: 'payment-commands', pubsubname: 'pubsub' };
      await handlers[command]?.({ ...envelope, data });
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
