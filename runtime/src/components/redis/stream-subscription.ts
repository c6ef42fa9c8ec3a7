import { atMost } from '#core/at-most.ts';
import type { BrokerSubscription, MessageHandler } from '#blocks/pubsub/broker.ts';
import type { Cancel } from '#core/clock.ts';
import { sleep } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { BrokerSettings } from './broker-settings.ts';
import type { RedisLink } from './connection.ts';
import { consumerGroup } from './consumer-group.ts';
import { isRefusedWith } from './refusal.ts';
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

interface Held {
  readonly entry: StreamEntry;
  attempt: number;
}

/** The server may keep a read waiting so long; also the longest that closing waits for one that cannot be called off. */
const blockMs = 2000;
const longestRecoveryWaitMs = 5000;
/** An app that went away has refused nothing: by then it is known, and the subscription is closing. */
const refusalWaitMs = 1000;

/** Takes as many messages as there is room for, and keeps them from being taken over until it has decided. */
export async function streamSubscription(options: StreamOptions): Promise<BrokerSubscription> {
  const { context, link, settings, topic, handler } = options;
  const { clock, chance, log } = context;
  const facts = { component: context.name, topic, group: options.group };
  const group = consumerGroup(link, topic, options.group);
  const doesReclaim = settings.processingTimeoutMs > 0 && settings.redeliverIntervalMs > 0;

  await group.ensure();
  const reader = await options.openReader(blockMs);
  // ids of clients belong to one node: in a cluster they say nothing
  const readerId = link.isCluster ? undefined : await reader.read((client) => client.client('ID'));
  const closing = new AbortController();
  const { signal } = closing;
  /** Taken and not decided, by id. */
  const held = new Map<string, Held>();
  const queue: Held[] = [];
  const running = new Set<Promise<void>>();
  const waiting = new Set<Cancel>();
  let done: string[] = [];
  let makeRoom = (): void => {};

  const later = (delayMs: number, task: () => void): void => {
    const cancel = clock.after(delayMs, () => {
      waiting.delete(cancel);
      task();
    });
    waiting.add(cancel);
  };

  const complain = (what: string) => (cause: unknown) => log.warn({ ...facts, error: textOf(cause) }, what);

  /** Acknowledgements of one turn of the event loop go out as one. */
  const flush = async (): Promise<void> => {
    const ids = done;
    done = [];
    await group.acknowledge(ids).catch(complain('messages could not be acknowledged, they may come again'));
  };

  const acknowledge = ({ entry }: Held): void => {
    release(entry.id);
    if (done.push(entry.id) === 1) setImmediate(() => void flush());
  };

  const release = (id: string): void => {
    held.delete(id);
    makeRoom();
  };

  const refused = (message: Held): void => {
    if (signal.aborted) return;
    if (settings.refused === 'acknowledge') {
      later(refusalWaitMs, () => {
        log.warn(
          { ...facts, id: message.entry.id },
          'message refused: acknowledged, since redeliverRefused is not set',
        );
        acknowledge(message);
      });
      return;
    }
    later(retryDelayMs(message.attempt, chance.random()), () => {
      message.attempt++;
      queue.push(message);
      pump();
    });
  };

  const handle = async (message: Held): Promise<void> => {
    const verdict = await handler(incomingOf(message.entry, topic, message.attempt));
    if (verdict === 'ack') acknowledge(message);
    else refused(message);
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

  const take = (raw: RawEntry, attempt: number): void => {
    const entry = readEntry(raw);
    if (entry === undefined) {
      if (done.push(raw[0].toString('latin1')) === 1) setImmediate(() => void flush());
      return;
    }
    if (held.has(entry.id)) return;
    const message = { entry, attempt };
    held.set(entry.id, message);
    queue.push(message);
    pump();
  };

  const untilRoom = async (): Promise<void> => {
    while (held.size >= settings.queueDepth && !signal.aborted)
      await new Promise<void>((resolve) => (makeRoom = resolve));
  };

  const recover = async (cause: unknown, failures: number): Promise<void> => {
    if (failures === 1) complain('messages cannot be read, will retry')(cause);
    if (isRefusedWith(cause, 'NOGROUP')) {
      log.warn(facts, 'the consumer group is gone, as after a loss of data: it is made again');
      await group.ensure().catch(complain('the consumer group could not be made'));
    }
    const delayMs = Math.min(longestRecoveryWaitMs, 100 * 2 ** failures) * (0.9 + 0.2 * chance.random());
    await sleep(clock, delayMs, signal).catch(() => {});
  };

  const readAll = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted;) {
      await untilRoom();
      try {
        if (signal.aborted) return;
        for (const raw of await group.next(reader, settings.queueDepth - held.size, blockMs)) take(raw, 1);
        if (failures > 0) log.info(facts, 'messages can be read again');
        failures = 0;
      } catch (cause) {
        if (!signal.aborted) await recover(cause, ++failures);
      }
    }
  };

  const reclaim = async (): Promise<void> => {
    const room = settings.queueDepth - held.size;
    if (room > 0)
      for (const { entry, deliveries } of await group.takeOver(settings.processingTimeoutMs, room))
        take(entry, deliveries + 1);
  };
  const every = (intervalMs: number, work: () => Promise<void>, failed: string): void => {
    later(intervalMs, () => {
      void work()
        .catch(complain(failed))
        .then(() => {
          if (!signal.aborted) every(intervalMs, work, failed);
        });
    });
  };

  const reading = readAll();
  if (doesReclaim) {
    void reclaim().catch(complain('messages of others could not be taken over, will retry'));
    every(settings.redeliverIntervalMs, reclaim, 'messages of others could not be taken over, will retry');
    every(
      settings.processingTimeoutMs / 3,
      () => group.keep([...held.keys()]),
      'messages under way could not be kept, others may take them',
    );
  }

  return {
    async close(drainMs) {
      if (signal.aborted) return;
      closing.abort(new Error('the subscription is closing'));
      makeRoom();
      const calledOff = readerId === undefined ? undefined : callOff(link, readerId);
      await atMost(clock, drainMs, Promise.all(running));
      for (const cancel of waiting) cancel();
      await atMost(clock, blockMs, Promise.all([calledOff, reading]));
      await reader.close();
      await flush();
      // what has not been decided need not wait until it counts as forgotten
      if (doesReclaim)
        await group
          .giveBack([...held.keys()], settings.processingTimeoutMs)
          .catch(complain('messages could not be given back, they come again later'));
    },
  };
}

/** Ends a read that waits. One that cannot be ended so comes back by itself. */
async function callOff(link: RedisLink, readerId: number): Promise<void> {
  await link.read((client) => client.client('UNBLOCK', readerId)).then(undefined, () => {});
}

/** Half a second, doubled each time up to half a minute; spread by a tenth. */
function retryDelayMs(attempt: number, chance: number): number {
  return Math.min(30_000, 500 * 2 ** (attempt - 1)) * (0.9 + 0.2 * chance);
}
