import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { ActorDatabaseUnderTest } from '#blocks/actors/actor-store.conformance.ts';
import { seededRandom } from '#core/random.ts';
import { redisStateStore } from './state-store.ts';
import { keysMatching, redisContext, removeKeys, uniqueName } from './testing.ts';

export interface RedisActorDatabase extends ActorDatabaseUnderTest {
  /** The prefix of the actors' keys. */
  readonly tag: string;
}

/** The apps of the suite. */
const apps = ['orders', 'relay-app', 'another-app'];

/**
 * Actors of one namespace on the server of `client`, which is closed with it; each store has its own connections, as
 * each sidecar would.
 */
export function redisActorDatabase(client: Redis, metadata: Readonly<Record<string, string>> = {}): RedisActorDatabase {
  const namespace = uniqueName();
  const tag = `{outrigger-actors||${namespace}}`;
  const closers: (() => Promise<void>)[] = [];
  let serial = 1;

  const shorten = async (pattern: string, ms: number): Promise<void> => {
    for (const key of await keysMatching(client, pattern)) {
      const left = await client.pttl(key);
      if (left > 0) await client.pexpire(key, Math.max(1, left - ms));
    }
  };

  return {
    tag,
    async open(appId) {
      const context = redisContext({ metadata: { ...metadata, actorstatestore: 'true' } });
      const store = await redisStateStore({ ...context, namespace, appId, random: seededRandom(serial++) });
      closers.push(() => store.close());
      return store.actorStore(appId);
    },
    async passTime(ms) {
      // the server's clock cannot be moved, so the stored times move
      for (const part of ['leases', ...apps.map((app) => `outbox-leases||${app}`)]) {
        const key = `${tag}||${part}`;
        for (const member of await client.zrange(key, '0', '-1')) await client.zincrby(key, -ms, member);
      }
      for (const app of apps) await shorten(`*${app}||*`, ms);
      await wait(5);
    },
    async close() {
      await Promise.all(closers.map((close) => close()));
      for (const prefix of [tag, ...apps.map((app) => `${app}||`)]) await removeKeys(client, prefix);
      client.disconnect();
    },
  };
}
