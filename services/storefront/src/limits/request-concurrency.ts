import type { Metrics } from '@tidewater/kit/metrics.ts';
import type { FastifyInstance } from 'fastify';
import { countLimited, scaled, tooManyRequests } from './request-limits.ts';
import type { Sessions } from '../session/session.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The response lasts for as long as a page is open and has a separate limit. */
    isStream?: boolean;
  }
}

/** More than a browser sends at once over all its tabs. */
const perShopper = 16;
const perAddress = 96;

export interface ConcurrencyLimits {
  readonly sessions: Pick<Sessions, 'existingShopper'>;
  readonly metrics: Metrics;
  readonly factor: number;
}

/**
 * Limits how many requests of one shopper and of one address are served at once. Without it a burst that stays within the
 * limits of a minute queues up at a service, its own timeouts open the circuit, and everybody waits.
 */
export function limitConcurrency(app: FastifyInstance, { sessions, metrics, factor }: ConcurrencyLimits): void {
  const shoppers = new Map<string, number>();
  const addresses = new Map<string, number>();
  app.addHook('onRequest', (request, reply, done) => {
    const { limit, isStream } = request.routeOptions.config;
    if (request.is404 || limit === undefined || isStream === true) return done();
    const shopper = sessions.existingShopper(request);
    const counted: readonly (readonly [Map<string, number>, string, string, number])[] = [
      [addresses, request.ip, 'concurrency/address', perAddress],
      ...(shopper === undefined ? [] : [[shoppers, shopper, 'concurrency/shopper', perShopper] as const]),
    ];
    for (const [inFlight, key, name, maxInFlight] of counted) {
      if ((inFlight.get(key) ?? 0) < scaled(maxInFlight, factor)) continue;
      countLimited(metrics, name);
      return done(tooManyRequests(reply, 1));
    }
    for (const [inFlight, key] of counted) inFlight.set(key, (inFlight.get(key) ?? 0) + 1);
    let isOver = false;
    const onOver = (): void => {
      if (isOver) return;
      isOver = true;
      for (const [inFlight, key] of counted) release(inFlight, key);
    };
    // `finish` after a complete response, `close` when the client has disconnected.
    reply.raw.once('finish', onOver).once('close', onOver);
    return done();
  });
}

function release(inFlight: Map<string, number>, key: string): void {
  const left = (inFlight.get(key) ?? 1) - 1;
  if (left <= 0) inFlight.delete(key);
  else inFlight.set(key, left);
}
