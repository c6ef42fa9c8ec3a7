import type { HttpMiddleware, RequestHead } from '#blocks/middleware/http-middleware.ts';
import { settingsReader } from '#core/component-settings.ts';
import type { Factory } from '#core/component.ts';
import { headerOf } from '#core/message.ts';
import { plainTextResponse } from './plain-text-response.ts';

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** The largest number of callers to track; the least recently seen one is removed first. */
const maxBuckets = 10_000;

/**
 * `middleware.http.ratelimit`: limits the requests per second of one caller to one path (`maxRequestsPerSecond`, 100). A
 * caller is identified by X-Forwarded-For, X-Real-IP or its address.
 */
export const rateLimit: Factory<HttpMiddleware> = (context) => {
  const { clock } = context;
  const read = settingsReader(context);
  const perSecond = Number(read.text('maxRequestsPerSecond', '100'));
  if (!(perSecond > 0)) throw read.invalid('maxRequestsPerSecond', 'a number above 0');
  const burst = Math.max(1, Math.floor(perSecond));
  const limit = perSecond.toFixed(2);
  const buckets = new Map<string, Bucket>();

  const tryTake = (key: string): boolean => {
    const now = clock.monotonic();
    const bucket = buckets.get(key) ?? { tokens: burst, filledAt: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * perSecond);
    bucket.filledAt = now;
    // moved to the end of the map, so that the first entry is the least recently used
    buckets.delete(key);
    buckets.set(key, bucket);
    const [oldest] = buckets.size > maxBuckets ? buckets.keys() : [];
    if (oldest !== undefined) buckets.delete(oldest);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };

  return Promise.resolve({
    head(head) {
      if (tryTake(`${callerOf(head)}|${head.path}`)) return { continueWith: head };
      const headers = ['x-rate-limit-limit', limit, 'x-rate-limit-duration', '1'];
      return { response: plainTextResponse(429, 'You have reached maximum request limit.', headers) };
    },
    close: () => Promise.resolve(),
  });
};

function callerOf({ headers, remoteAddress }: RequestHead): string {
  const forwarded = headerOf(headers, 'x-forwarded-for')?.split(',')[0]?.trim();
  return forwarded || headerOf(headers, 'x-real-ip') || remoteAddress;
}
