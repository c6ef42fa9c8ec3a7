import type { ComponentContext } from '#core/component.ts';
import { durationOf, redisReader } from './settings.ts';

/** The settings of `pubsub.redis` except the connection. Times are milliseconds. */
export interface BrokerSettings {
  /** A message that has been idle for this time is claimed by another consumer. 0: never. */
  readonly processingTimeoutMs: number;
  /** The interval between checks for such messages. 0: never. */
  readonly redeliverIntervalMs: number;
  /** Handlers that run at once, per subscription. */
  readonly concurrency: number;
  /** Unsettled messages per subscription. */
  readonly queueDepth: number;
  /** The action for a message that the app rejected. */
  readonly onReject: 'acknowledge' | 'redeliver';
  readonly trim:
    | { readonly by: 'nothing' }
    | { readonly by: 'length'; readonly length: number }
    | { readonly by: 'age'; readonly ageMs: number };
}

/** Throws `componentSettingInvalid`. */
export function brokerSettings(context: ComponentContext): BrokerSettings {
  const read = redisReader(context);
  const concurrency = read.integer('concurrency', 10, { min: 1 });
  const length = read.integer('maxLenApprox', 0, { min: 0 });
  const ageMs = durationOf(read, 'streamTTL') ?? 0;
  if (length > 0 && ageMs > 0) throw read.invalid('streamTTL', 'empty when maxLenApprox is set');
  return {
    processingTimeoutMs: durationOf(read, 'processingTimeout') ?? 60_000,
    redeliverIntervalMs: durationOf(read, 'redeliverInterval') ?? 15_000,
    concurrency,
    // a longer queue would only withhold messages from other replicas
    queueDepth: Math.min(Math.max(read.integer('queueDepth', 100, { min: 1 }), concurrency), concurrency * 4),
    onReject: read.boolean('redeliverRefused', false) ? 'redeliver' : 'acknowledge',
    trim: length > 0 ? { by: 'length', length } : ageMs > 0 ? { by: 'age', ageMs } : { by: 'nothing' },
  };
}
