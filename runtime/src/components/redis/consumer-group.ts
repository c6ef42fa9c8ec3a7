import type { RedisClient } from './client.ts';
import type { RedisLink } from './connection.ts';
import { isErrorReply } from './errors.ts';
import type { RawEntry } from './stream-entry.ts';

/** A message that was delivered and has not been acknowledged for a while. */
export interface Claimed {
  readonly entry: RawEntry;
  /** The number of previous deliveries. */
  readonly deliveries: number;
}

/**
 * One consumer group on one stream. All members share one consumer name, which is also the name of the group: as upstream,
 * and a member that ends leaves no state.
 */
export interface ConsumerGroup {
  /** Creates the group, and the stream if there is none; existing entries count as new. */
  ensure(): Promise<void>;
  /** Blocks on the server for new messages, at most `blockMs`. Empty when there are none. */
  next(reader: RedisLink, count: number, blockMs: number): Promise<readonly RawEntry[]>;
  acknowledge(ids: readonly string[]): Promise<void>;
  /** Resets the idle time of these messages, which prevents a takeover. */
  renew(ids: readonly string[]): Promise<void>;
  /** Allows an immediate takeover of these messages. */
  release(ids: readonly string[], idleMs: number): Promise<void>;
  /** Claims messages that have been idle for this time; entries that are no longer in the stream are acknowledged. */
  takeOver(idleMs: number, count: number): Promise<readonly Claimed[]>;
}

export function consumerGroup(link: RedisLink, stream: string, group: string): ConsumerGroup {
  const claim = (client: RedisClient, ids: readonly string[], ...more: string[]): Promise<unknown> =>
    client.xclaimBuffer(stream, group, group, 0, ...ids, ...more);

  const acknowledge = async (ids: readonly string[]): Promise<void> => {
    if (ids.length > 0) await link.read((client) => client.xack(stream, group, ...ids));
  };

  return {
    async ensure() {
      try {
        await link.read((client) => client.xgroup('CREATE', stream, group, '0', 'MKSTREAM'));
      } catch (cause) {
        if (!isErrorReply(cause, 'BUSYGROUP')) throw cause;
      }
    },

    async next(reader, count, blockMs) {
      const reply = await reader.write((client) =>
        client.xreadgroupBuffer('GROUP', group, group, 'COUNT', count, 'BLOCK', blockMs, 'STREAMS', stream, '>'),
      );
      const [first] = (reply ?? []) as readonly [Buffer, readonly RawEntry[]][];
      return first?.[1] ?? [];
    },

    acknowledge,

    async renew(ids) {
      if (ids.length > 0) await link.read((client) => claim(client, ids, 'JUSTID'));
    },

    async release(ids, idleMs) {
      if (ids.length > 0) await link.read((client) => claim(client, ids, 'IDLE', String(idleMs), 'JUSTID'));
    },

    async takeOver(idleMs, count) {
      const waiting = await link.read((client) => idleOf(client, { stream, group, idleMs, count }));
      if (waiting.size === 0) return [];
      const ids = [...waiting.keys()];
      // only messages that are still idle: another member may have claimed them
      const entries = (await link.write((client) =>
        client.xclaimBuffer(stream, group, group, idleMs, ...ids),
      )) as readonly (RawEntry | null)[];
      const claimed = entries.flatMap((entry) => {
        const deliveries = entry?.[1] ? waiting.get(entry[0].toString('latin1')) : undefined;
        return entry && deliveries !== undefined ? [{ entry, deliveries }] : [];
      });
      if (claimed.length < ids.length) {
        const had = new Set(claimed.map(({ entry }) => entry[0].toString('latin1')));
        await acknowledge(
          await missingOf(
            link,
            stream,
            ids.filter((id) => !had.has(id)),
          ),
        );
      }
      return claimed;
    },
  };
}

interface IdleQuery {
  readonly stream: string;
  readonly group: string;
  readonly idleMs: number;
  readonly count: number;
}

type Pending = readonly [id: string, consumer: string, idleMs: number, deliveries: number];

const pendingPage = 1000;

/** Ids of idle messages, oldest first, with the number of their deliveries. */
async function idleOf(client: RedisClient, { stream, group, idleMs, count }: IdleQuery): Promise<Map<string, number>> {
  const entries = new Map<string, number>();
  // in pages, since servers before 6.2 cannot filter by idle time
  for (let from = '-'; entries.size < count;) {
    const page = (await client.xpending(stream, group, from, '+', pendingPage)) as readonly Pending[];
    for (const [id, , idle, deliveries] of page)
      if (idle >= idleMs && entries.size < count) entries.set(id, deliveries);
    const last = page.at(-1)?.[0];
    if (page.length < pendingPage || last === undefined) break;
    from = afterId(last);
  }
  return entries;
}

/** The next larger id. */
function afterId(id: string): string {
  const [ms = '0', sequence = '0'] = id.split('-');
  return `${ms}-${BigInt(sequence) + 1n}`;
}

/** The ids that are no longer in the stream. */
async function missingOf(link: RedisLink, stream: string, ids: readonly string[]): Promise<string[]> {
  const entries = await Promise.all(ids.map((id) => link.read((client) => client.xrange(stream, id, id))));
  return ids.filter((_, at) => entries[at]?.length === 0);
}
