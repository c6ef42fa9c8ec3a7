import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { type Log, silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';
import { fasterClock } from '../faster-clock.testing.ts';

/** The server of `TEST_REDIS_URL`, and the reason to skip tests that need it. */
export const redisUrl = process.env.TEST_REDIS_URL ?? '';
export const skipWithoutRedis = redisUrl === '' ? 'TEST_REDIS_URL is not set' : false;

export interface ContextOptions {
  readonly type?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly log?: Log;
}

/** A component context for tests against the real server, with the real clock. Metadata keys are in lower case. */
export function redisContext({
  type = 'state.redis',
  metadata = {},
  log = silentLog,
}: ContextOptions = {}): ComponentContext {
  return {
    name: 'redis',
    type,
    version: 'v1',
    metadata: { ...addressOf(redisUrl), ...metadata },
    appId: 'shop',
    namespace: '',
    log,
    clock: systemClock(),
    random: seededRandom(),
  };
}

function addressOf(text: string): Readonly<Record<string, string>> {
  if (text === '') return {};
  const { host, password, pathname } = new URL(text);
  return { redishost: host, redispassword: decodeURIComponent(password), redisdb: pathname.slice(1) || '0' };
}

/** A client for setup and checks. */
export function plainRedis(): Redis {
  return new Redis(redisUrl);
}

/** The same for the server of one test. */
export function plainRedisAt(address: string): Redis {
  return new Redis(`redis://${address}`);
}

/** The names of matching keys, by SCAN. */
export async function keysMatching(client: Redis, pattern: string): Promise<string[]> {
  const names = new Set<string>();
  for await (const keys of client.scanStream({ match: pattern, count: 1000 }) as AsyncIterable<string[]>)
    for (const key of keys) names.add(key);
  return [...names];
}

/** Removes all keys with this prefix. */
export async function removeKeys(client: Redis, prefix: string): Promise<void> {
  for (const key of await keysMatching(client, `${prefix}*`)) await client.del(key);
}

export function uniqueName(): string {
  return `test-${randomUUID()}`;
}

export async function eventually(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let waited = 0; !(await isTrue()); waited += 10) {
    if (waited > 10_000) throw new Error(`waited 10 s for ${what}`);
    await wait(10);
  }
}

/** Runs ten times as fast, for timeouts. */
export const fastClock = fasterClock(10);
