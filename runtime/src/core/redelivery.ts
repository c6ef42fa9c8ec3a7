import { backoffDelay, withJitter } from './backoff.ts';
import type { Random } from './random.ts';

const redeliveryBackoff = { firstMs: 500, maxMs: 30_000 };

/**
 * Milliseconds until a broker's component delivers a rejected message again: the configured delay for this attempt, of which
 * the last one repeats; without any, exponential backoff.
 */
export function redeliveryDelay(attempt: number, random: Random, configured: readonly number[] = []): number {
  const delayMs = configured[Math.min(attempt, configured.length) - 1] ?? backoffDelay(attempt, redeliveryBackoff);
  return withJitter(delayMs, random);
}

/**
 * Before a rejected message is removed: gives the sidecar time to notice that the app has ended, whose failures must
 * not remove messages.
 */
export const removalDelayMs = 1000;
