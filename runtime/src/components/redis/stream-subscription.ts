import { backoffDelay, withJitter } from '#core/backoff.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { BrokerSubscription, MessageHandler } from '#blocks/pubsub/broker.ts';
import { isAcknowledged } from '#blocks/pubsub/delivery-outcome.ts';
import type { Cancel } from '#core/clock.ts';
import { sleep } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { workerPool } from '#core/worker-pool.ts';
import type { BrokerSettings } from './broker-settings.ts';
import type { RedisLink } from './connection.ts';
import { consumerGroup } from './consumer-group.ts';
import { isErrorReply } from './errors.ts';
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
const redeliveryBackoff = { firstMs: 500, maxMs: 30_000 };
/** Gives the sidecar time to notice that the app has ended, whose failures must not acknowledge messages. */
const rejectWaitMs = 1000;

/** Reads only as many messages as it has capacity for, and prevents their takeover until they are settled. */
export async function streamSubscription(options: StreamOptions): Promise<BrokerSubscription> {
  const { context, link, settings, topic, handler } = options;
  const { clock, random, log } = context;
  const logFields = { component: context.name, topic, group: options.group };
  const group = consumerGroup(link, topic, options.group);
  const reclaims = settings.processingTimeoutMs > 0 && settings.redeliverIntervalMs > 0;

  await group.ensure();
  const reader = await options.openReader(blockMs);
  // client ids belong to one node: they are useless in a cluster
  const readerId = link.isCluster ? undefined : await reader.read((client) => client.client('ID'));
  const closing = new AbortController();
  const { signal } = closing;
  /** Delivered and not settled, by id. */
  const unsettled = new Map<string, StreamMessage>();
  const waiting = new Set<Cancel>();
  let done: string[] = [];
  let signalCapacity = (): void => {};

  const later = (delayMs: number, task: () => void): void => {
    const cancel = clock.after(delayMs, () => {
      waiting.delete(cancel);
      task();
    });
    waiting.add(cancel);
  };

  const warnAbout = (what: string) => (cause: unknown) => log.warn({ ...logFields, error: textOf(cause) }, what);

  /** The acknowledgements of one turn of the event loop are sent as one command. */
  const flush = async (): Promise<void> => {
    const ids = done;
    done = [];
    await group.acknowledge(ids).catch(warnAbout('messages could not be acknowledged, they may be redelivered'));
  };

  const acknowledge = ({ entry }: StreamMessage): void => {
    release(entry.id);
    if (done.push(entry.id) === 1) setImmediate(() => void flush());
  };

  const release = (id: string): void => {
    unsettled.delete(id);
    signalCapacity();
  };

  const handleRejection = (message: StreamMessage): void => {
    if (signal.aborted) return;
    if (settings.onReject === 'acknowledge') {
      later(rejectWaitMs, () => {
        log.warn(
          { ...logFields, id: message.entry.id },
          'message rejected by the app: acknowledged, since redeliverRefused is not set',
        );
        acknowledge(message);
      });
      return;
    }
    later(withJitter(backoffDelay(message.attempt, redeliveryBackoff), random), () => {
      message.attempt++;
      if (!signal.aborted) pool.add(message);
    });
  };

  const handle = async (message: StreamMessage): Promise<void> => {
    const outcome = await handler(incomingOf(message.entry, topic, message.attempt));
    if (isAcknowledged(outcome)) acknowledge(message);
    else handleRejection(message);
  };

  const pool = workerPool<StreamMessage>({ concurrency: settings.concurrency, handle });

  const enqueue = (raw: RawEntry, attempt: number): void => {
    const entry = readEntry(raw);
    if (entry === undefined) {
      if (done.push(raw[0].toString('latin1')) === 1) setImmediate(() => void flush());
      return;
    }
    if (unsettled.has(entry.id)) return;
    const message = { entry, attempt };
    unsettled.set(entry.id, message);
    if (!signal.aborted) pool.add(message);
  };

  const waitForCapacity = async (): Promise<void> => {
    while (unsettled.size >= settings.queueDepth && !signal.aborted)
      await new Promise<void>((resolve) => (signalCapacity = resolve));
  };

  const recover = async (cause: unknown, failures: number): Promise<void> => {
    if (failures === 1) warnAbout('messages cannot be read, will retry')(cause);
    if (isErrorReply(cause, 'NOGROUP')) {
      log.warn(logFields, 'the consumer group does not exist, as after a data loss: it is created again');
      await group.ensure().catch(warnAbout('the consumer group could not be created'));
    }
    const delayMs = withJitter(backoffDelay(failures, recoveryBackoff), random);
    await sleep(clock, delayMs, signal).catch(() => {});
  };

  const readAll = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted;) {
      await waitForCapacity();
      try {
        if (signal.aborted) return;
        for (const raw of await group.next(reader, settings.queueDepth - unsettled.size, blockMs)) enqueue(raw, 1);
        if (failures > 0) log.info(logFields, 'messages can be read again');
        failures = 0;
      } catch (cause) {
        if (!signal.aborted) await recover(cause, ++failures);
      }
    }
  };

  const reclaim = async (): Promise<void> => {
    const capacity = settings.queueDepth - unsettled.size;
    if (capacity > 0)
      for (const { entry, deliveries } of await group.takeOver(settings.processingTimeoutMs, capacity))
        enqueue(entry, deliveries + 1);
  };
  const every = (intervalMs: number, work: () => Promise<void>, failed: string): void => {
    later(intervalMs, () => {
      void work()
        .catch(warnAbout(failed))
        .then(() => {
          if (!signal.aborted) every(intervalMs, work, failed);
        });
    });
  };

  const reading = readAll();
  if (reclaims) {
    void reclaim().catch(warnAbout('idle messages could not be claimed, will retry'));
    every(settings.redeliverIntervalMs, reclaim, 'idle messages could not be claimed, will retry');
    every(
      settings.processingTimeoutMs / 3,
      () => group.renew([...unsettled.keys()]),
      'the idle time of running messages could not be reset, others may claim them',
    );
  }

  return {
    async close(drainMs) {
      if (signal.aborted) return;
      closing.abort(new Error('the subscription is closing'));
      signalCapacity();
      pool.remove();
      const unblocked = readerId === undefined ? undefined : unblockRead(link, readerId);
      await waitUpTo(clock, drainMs, pool.finished());
      for (const cancel of waiting) cancel();
      await waitUpTo(clock, blockMs, Promise.all([unblocked, reading]));
      await reader.close();
      await flush();
      // unsettled messages are released for an immediate takeover
      if (reclaims)
        await group
          .release([...unsettled.keys()], settings.processingTimeoutMs)
          .catch(warnAbout('messages could not be released, they are redelivered later'));
    },
  };
}

/** Ends a blocking read. If it fails, the read ends with its timeout. */
async function unblockRead(link: RedisLink, readerId: number): Promise<void> {
  await link.read((client) => client.client('UNBLOCK', readerId)).then(undefined, () => {});
}
