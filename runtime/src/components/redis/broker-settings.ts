import type { ComponentContext } from '#core/component.ts';
import { settingReader } from './settings.ts';

/** What `pubsub.redis` has beside the connection. Times are milliseconds. */
export interface BrokerSettings {
  /** A message that nobody has spoken of for so long is taken over. 0: never. */
  readonly processingTimeoutMs: number;
  /** How often such messages are looked for. 0: never. */
  readonly redeliverIntervalMs: number;
  /** Handlers that run at once, per subscription. */
  readonly concurrency: number;
  /** Messages that are taken and not decided, per subscription. */
  readonly queueDepth: number;
  /** What becomes of a message that the app refused. */
  readonly onReject: 'acknowledge' | 'redeliver';
  readonly trim:
    | { readonly by: 'nothing' }
    | { readonly by: 'length'; readonly length: number }
    | { readonly by: 'age'; readonly ageMs: number };
}

/** Throws an Error that names the entry, its value and what it should be. */
export function brokerSettings(context: ComponentContext): BrokerSettings {
  const read = settingReader(context);
  const concurrency = read.integer('concurrency', 10, 1);
  const length = read.integer('maxLenApprox', 0, 0);
  const ageMs = read.duration('streamTTL') ?? 0;
  if (length > 0 && ageMs > 0) throw read.invalid('streamTTL', 'left out where maxLenApprox is given');
  return {
    processingTimeoutMs: read.duration('processingTimeout') ?? 60_000,
    redeliverIntervalMs: read.duration('redeliverInterval') ?? 15_000,
    concurrency,
    // a queue longer than this would only keep from other replicas what this one cannot take yet
    queueDepth: Math.min(Math.max(read.integer('queueDepth', 100, 1), concurrency), concurrency * 4),
    onReject: read.boolean('redeliverRefused') ? 'redeliver' : 'acknowledge',
    trim: length > 0 ? { by: 'length', length } : ageMs > 0 ? { by: 'age', ageMs } : { by: 'nothing' },
  };
}
