import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { RedisLink } from './connection.ts';

/** Keyspace events (K): generic (g), expired (x), evicted (e) and string commands ($). */
const requiredEvents = 'Kg$xe';
const setting = 'notify-keyspace-events';

/** Adds to the enabled events. A managed server may forbid it; then its owner must configure the events. */
export async function enableKeyspaceEvents({ name, log }: ComponentContext, link: RedisLink): Promise<void> {
  try {
    const [, current = ''] = (await link.read((client) => client.config('GET', setting))) as readonly string[];
    // A enables all kinds of events
    const missing = requiredEvents
      .split('')
      .filter((flag) => !current.includes(flag) && (flag === 'K' || !current.includes('A')));
    if (missing.length > 0) await link.read((client) => client.config('SET', setting, current + missing.join('')));
  } catch (cause) {
    const advice = `changes are received only if its ${setting} contains ${requiredEvents}`;
    log.warn({ component: name, error: textOf(cause) }, `keyspace events could not be enabled: ${advice}`);
  }
}
