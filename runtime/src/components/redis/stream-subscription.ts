import { waitUpTo } from '#core/wait-up-to.ts';
import type { BrokerSubscription, MessageHandler } from '#blocks/pubsub/broker.ts';
import type { Cancel } from '#core/clock.ts';
import { sleep } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { BrokerSettings } from './broker-settings.ts';
import type { RedisLink } from './connection.ts';
import { consumerGroup } from './consumer-group.ts';
import { isErrorReply } from './errors.ts';
import { incomingOf, readEntry } from './stream-entry.ts';
import type { RawEntry, StreamEntry } from './stream-entry.ts';

export interface StreamOptions {
  readonly context: ComponentContext;
  /** For all but reading: that waits on the server, and needs a connection of its own. */
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

/** The server may keep a read waiting so long; also the longest that closing waits for one that cannot be called off. */
const blockMs = 2000;
const longestRecoveryWaitMs = 5000;
/** An app that went away has refused nothing: by then it is known, and the subscription is closing. */
const rejectWaitMs = 1000;

/** Takes as many messages as there is room for, and keeps them from being taken over until it has decided. */
export async function streamSubscription(options: StreamOptions): Promise<BrokerSubscription> {
  const { context, link, settings, topic, handler } = options;
  const { clock, random, log } = context;
  const logFields = { component: context.name, topic, group: options.group };
  const group = consumerGroup(link, topic, options.group);
  const reclaims = settings.processingTimeoutMs > 0 && settings.redeliverIntervalMs > 0;

  await group.ensure();
  const reader = await options.openReader(blockMs);
  // ids of clients belong to one node: in a cluster they say nothing
  const readerId = link.isCluster ? undefined : await reader.read((client) => client.client('ID'));
  const closing = new AbortController();
  const { signal } = closing;
  /** Taken and not decided, by id. */
  const unsettled = new Map<string, StreamMessage>();
  const queue: StreamMessage[] = [];
  const running = new Set<Promise<void>>();
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

  /** Acknowledgements of one turn of the event loop go out as one. */
  const flush = async (): Promise<void> => {
    const ids = done;
    done = [];
    await group.acknowledge(ids).catch(warnAbout('messages could not be acknowledged, they may come again'));
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
          'message refused: acknowledged, since redeliverRefused is not set',
        );
        acknowledge(message);
      });
      return;
    }
    later(retryDelayMs(message.attempt, random.random()), () => {
      message.attempt++;
      queue.push(message);
      pump();
    });
  };

  const handle = async (message: StreamMessage): Promise<void> => {
    const outcome = await handler(incomingOf(message.entry, topic, message.attempt));
    if (outcome === 'ack') acknowledge(message);
    else handleRejection(message);
  };

  const pump = (): void => {
    while (running.size < settings.concurrency && !signal.aborted) {
      const message = queue.shift();
      if (message === undefined) break;
      const work = handle(message).finally(() => {
        running.delete(work);
        pump();
      });
      running.add(work);
    }
  };

  const enqueue = (raw: RawEntry, attempt: number): void => {
    const entry = readEntry(raw);
    if (entry === undefined) {
      if (done.push(raw[0].toString('latin1')) === 1) setImmediate(() => void flush());
      return;
    }
    if (unsettled.has(entry.id)) return;
    const message = { entry, attempt };
    unsettled.set(entry.id, message);
    queue.push(message);
    pump();
  };

  const waitForCapacity = async (): Promise<void> => {
    while (unsettled.size >= settings.queueDepth && !signal.aborted)
      await new Promise<void>((resolve) => (signalCapacity = resolve));
  };

  const recover = async (cause: unknown, failures: number): Promise<void> => {
    if (failures === 1) warnAbout('messages cannot be read, will retry')(cause);
    if (isErrorReply(cause, 'NOGROUP')) {
      log.warn(logFields, 'the consumer group is gone, as after a loss of data: it is made again');
      await group.ensure().catch(warnAbout('the consumer group could not be made'));
    }
    const delayMs = Math.min(longestRecoveryWaitMs, 100 * 2 ** failures) * (0.9 + 0.2 * random.random());
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
    void reclaim().catch(warnAbout('messages of others could not be taken over, will retry'));
    every(settings.redeliverIntervalMs, reclaim, 'messages of others could not be taken over, will retry');
    every(
      settings.processingTimeoutMs / 3,
      () => group.renew([...unsettled.keys()]),
      'messages under way could not be kept, others may take them',
    );
  }

  return {
    async close(drainMs) {
      if (signal.aborted) return;
      closing.abort(new Error('the subscription is closing'));
      signalCapacity();
      const unblocked = readerId === undefined ? undefined : unblockRead(link, readerId);
      await waitUpTo(clock, drainMs, Promise.all(running));
      for (const cancel of waiting) cancel();
      await waitUpTo(clock, blockMs, Promise.all([unblocked, reading]));
      await reader.close();
      await flush();
      // what has not been decided need not wait until it counts as forgotten
      if (reclaims)
        await group
          .release([...unsettled.keys()], settings.processingTimeoutMs)
          .catch(warnAbout('messages could not be given back, they come again later'));
    },
  };
}

/** Ends a read that waits. One that cannot be ended so comes back by itself. */
async function unblockRead(link: RedisLink, readerId: number): Promise<void> {
  await link.read((client) => client.client('UNBLOCK', readerId)).then(undefined, () => {});
}

/** Half a second, doubled each time up to half a minute; spread by a tenth. */
function retryDelayMs(attempt: number, random: number): number {
  return Math.min(30_000, 500 * 2 ** (attempt - 1)) * (0.9 + 0.2 * random);
}
