import type { Clock } from './clock.ts';
import { sleep } from './clock.ts';
import type { Random } from './random.ts';

/** Exponential backoff: the first delay, multiplied with each attempt, up to a maximum. */
export interface BackoffRule {
  readonly firstMs: number;
  readonly maxMs: number;
  /** 2 by default. */
  readonly factor?: number;
}

/** Milliseconds to wait after `attempt` failed attempts in a row, the first being 1. */
export function backoffDelay(attempt: number, { firstMs, maxMs, factor = 2 }: BackoffRule): number {
  return Math.min(maxMs, firstMs * factor ** (attempt - 1));
}

/** Varies a delay by up to `share` in both directions, so that many callers do not retry at the same moment. */
export function withJitter(delayMs: number, random: Random, share = 0.1): number {
  return delayMs * (1 + share * (2 * random.random() - 1));
}

/** The pause after `attempt` failed attempts in a row, with jitter. Also resolves, at once, when the signal aborts. */
export async function backoffPause(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  attempt: number,
  rule: BackoffRule,
  signal: AbortSignal,
): Promise<void> {
  await sleep(clock, withJitter(backoffDelay(attempt, rule), random), signal).catch(() => {});
}
