import { backoffPause } from '#core/backoff.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { BrokerSubscription, MessageHandler } from '#blocks/pubsub/broker.ts';
import { isAcknowledged } from '#blocks/pubsub/delivery-outcome.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { LogFields } from '#core/log.ts';
import { redeliveryDelay, removalDelayMs } from '#core/redelivery.ts';
import { ScheduledTasks } from '#core/scheduled-tasks.ts';
import { type WorkerPool, workerPool } from '#core/worker-pool.ts';
import type { BrokerSettings } from './broker-settings.ts';
import type { RedisLink } from './connection.ts';
import { type ConsumerGroup, consumerGroup } from './consumer-group.ts';
import { isErrorReply } from './errors.ts';
import { MessageClaims } from './message-claims.ts';
import { StreamAcknowledgements } from './stream-acknowledgements.ts';
import { incomingOf, readEntry } from './stream-entry.ts';
import type { RawEntry, StreamEntry } from './stream-entry.ts';

export interface StreamOptions {
  readonly context: ComponentContext;
  /** For everything but reading, which blocks and needs a dedicated connection. */
  readonly link: RedisLink;
  readonly openReader: (blockMs: number) => Promise<RedisLink>;
  readonly settings: BrokerSettings;
  readonly topic: string;
  readonly group: string;
  readonly handler: MessageHandler;
}

interface StreamMessage {
  readonly entry: StreamEntry;
  attempt: number;
}

/** The longest block of a read; also the longest wait of `close` for a read that cannot be unblocked. */
const blockMs = 2000;
const recoveryBackoff = { firstMs: 200, maxMs: 5000 };

/** Reads only as many messages as it has capacity for, and prevents their takeover until they are settled. */
export async function streamSubscription(options: StreamOptions): Promise<BrokerSubscription> {
  const { link } = options;
  const group = consumerGroup(link, options.topic, options.group);
  await group.ensure();
  const reader = await options.openReader(blockMs);
  // client ids belong to one node: they are useless in a cluster
  const readerId = link.isCluster ? undefined : await reader.read((client) => client.client('ID'));
  return new StreamSubscription(options, group, reader, readerId);
}

class StreamSubscription implements BrokerSubscription {
  readonly #options: StreamOptions;
  readonly #logFields: LogFields;
  readonly #group: ConsumerGroup;
  readonly #reader: RedisLink;
  readonly #readerId: number | undefined;
  readonly #closing = new AbortController();
  /** Delivered and not settled, by id. */
  readonly #unsettled = new Map<string, StreamMessage>();
  readonly #pool: WorkerPool<StreamMessage>;
  /** Redeliveries and removals of rejected messages. */
  readonly #rejected: ScheduledTasks;
  readonly #acknowledgements: StreamAcknowledgements;
  readonly #claims: MessageClaims | undefined;
  readonly #reading: Promise<void>;
  #signalCapacity = (): void => {};

  constructor(options: StreamOptions, group: ConsumerGroup, reader: RedisLink, readerId: number | undefined) {
    const { context, settings, topic } = options;
    this.#options = options;
    this.#logFields = { component: context.name, topic, group: options.group };
    this.#group = group;
    this.#reader = reader;
    this.#readerId = readerId;
    this.#rejected = new ScheduledTasks(context.clock);
    this.#acknowledgements = new StreamAcknowledgements(group, context.log, this.#logFields);
    this.#pool = workerPool({
      concurrency: settings.concurrency,
      handle: (message: StreamMessage) => this.#handle(message),
    });
    this.#claims = this.#claimsOf(settings);
    this.#reading = this.#readAll();
    this.#claims?.start();
  }

  async close(drainMs: number): Promise<void> {
    if (this.#isClosing()) return;
    const { clock } = this.#options.context;
    this.#closing.abort(new Error('the subscription is closing'));
    this.#signalCapacity();
    this.#pool.remove();
    const unblocked = this.#unblockRead();
    await waitUpTo(clock, drainMs, this.#pool.finished());
    this.#rejected.cancelAll();
    this.#claims?.stop();
    await waitUpTo(clock, blockMs, Promise.all([unblocked, this.#reading]));
    await this.#reader.close();
    await this.#acknowledgements.flush();
    await this.#claims?.release();
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #claimsOf({ processingTimeoutMs, redeliverIntervalMs }: BrokerSettings): MessageClaims | undefined {
    if (processingTimeoutMs <= 0 || redeliverIntervalMs <= 0) return undefined;
    return new MessageClaims({
      context: this.#options.context,
      logFields: this.#logFields,
      group: this.#group,
      processingTimeoutMs,
      redeliverIntervalMs,
      capacity: () => (this.#isClosing() ? 0 : this.#capacity()),
      unsettled: () => [...this.#unsettled.keys()],
      claimed: ({ entry, deliveries }) => this.#receive(entry, deliveries + 1),
    });
  }

  async #readAll(): Promise<void> {
    for (let failures = 0; !this.#isClosing();) {
      await this.#untilCapacity();
      try {
        if (this.#isClosing()) return;
        const entries = await this.#group.next(this.#reader, this.#capacity(), blockMs);
        for (const entry of entries) this.#receive(entry, 1);
        if (failures > 0) this.#options.context.log.info(this.#logFields, 'messages can be read again');
        failures = 0;
      } catch (cause) {
        if (!this.#isClosing()) await this.#recover(cause, ++failures);
      }
    }
  }

  #capacity(): number {
    return this.#options.settings.queueDepth - this.#unsettled.size;
  }

  async #untilCapacity(): Promise<void> {
    while (this.#capacity() <= 0 && !this.#isClosing())
      await new Promise<void>((resolve) => (this.#signalCapacity = resolve));
  }

  async #recover(cause: unknown, failures: number): Promise<void> {
    const { context } = this.#options;
    if (failures === 1) this.#warn('messages cannot be read, will retry', cause);
    if (isErrorReply(cause, 'NOGROUP')) {
      context.log.warn(this.#logFields, 'the consumer group does not exist, as after a data loss: it is created again');
      await this.#group
        .ensure()
        .catch((failure: unknown) => this.#warn('the consumer group could not be created', failure));
    }
    await backoffPause(context, failures, recoveryBackoff, this.#closing.signal);
  }

  #receive(raw: RawEntry, attempt: number): void {
    const entry = readEntry(raw);
    // it has been trimmed
    if (entry === undefined) return this.#acknowledgements.add(raw[0].toString('latin1'));
    if (this.#unsettled.has(entry.id)) return;
    const message = { entry, attempt };
    this.#unsettled.set(entry.id, message);
    if (!this.#isClosing()) this.#pool.add(message);
  }

  async #handle(message: StreamMessage): Promise<void> {
    const { handler, topic } = this.#options;
    const outcome = await handler(incomingOf(message.entry, topic, message.attempt));
    if (isAcknowledged(outcome)) this.#acknowledge(message);
    else this.#reject(message);
  }

  #acknowledge({ entry }: StreamMessage): void {
    this.#unsettled.delete(entry.id);
    this.#signalCapacity();
    this.#acknowledgements.add(entry.id);
  }

  #reject(message: StreamMessage): void {
    if (this.#isClosing()) return;
    const { context, settings } = this.#options;
    if (settings.onReject === 'acknowledge')
      return this.#rejected.after(removalDelayMs, () => {
        context.log.warn(
          { ...this.#logFields, id: message.entry.id },
          'message rejected by the app: acknowledged, since redeliverRefused is not set',
        );
        this.#acknowledge(message);
      });
    this.#rejected.after(redeliveryDelay(message.attempt, context.random), () => {
      message.attempt++;
      if (!this.#isClosing()) this.#pool.add(message);
    });
  }

  /** Ends a blocking read. If it fails, the read ends with its timeout. */
  async #unblockRead(): Promise<void> {
    const id = this.#readerId;
    if (id === undefined) return;
    await this.#options.link.read((client) => client.client('UNBLOCK', id)).then(undefined, () => {});
  }

  #warn(text: string, cause: unknown): void {
    this.#options.context.log.warn({ ...this.#logFields, error: textOf(cause) }, text);
  }
}
