import type { Random } from '#core/random.ts';
import type { Backoff } from '#core/resiliency-resource.ts';

/** Milliseconds to wait after `failures` consecutive failures, the first being 1. */
export function delayBefore(failures: number, backoff: Backoff, random: Random): number {
  switch (backoff.kind) {
    case 'constant':
      return backoff.delayMs;
    case 'exponential': {
      const grown = Math.min(backoff.longestMs, backoff.initialMs * backoff.factor ** (failures - 1));
      return grown * (1 + backoff.jitter * (2 * random.random() - 1));
    }
  }
}
