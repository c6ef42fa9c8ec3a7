import { fastifyRateLimit } from '@fastify/rate-limit';
import type { CreateRateLimitOptions } from '@fastify/rate-limit';
import { ProblemError } from '@outrigger/sdk';
import type { Metrics } from '@tidewater/kit/metrics.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sessions } from '../session/session.ts';

/** The limit that applies to a route; a route without one is not limited. */
export type LimitKind = 'tokens' | 'checkouts' | 'orders' | 'pages';

declare module 'fastify' {
  interface FastifyContextConfig {
    limit?: LimitKind;
  }
}

/** Requests in a minute. */
interface Limit {
  readonly perShopper: number;
  readonly perAddress: number;
}

const limits: Readonly<Record<LimitKind, Limit>> = {
  tokens: { perShopper: 20, perAddress: 600 },
  checkouts: { perShopper: 20, perAddress: 600 },
  // An open order page and a script that polls need some; a number has 31^10 values to guess.
  orders: { perShopper: 1_200, perAddress: 12_000 },
  pages: { perShopper: 1_200, perAddress: 12_000 },
};
const newSessionsPerAddress = 600;
/** The least recently used counters are dropped first. */
const countersOfEachKind = 20_000;

/** A public route of this kind. */
export const publicRoute = (limit: LimitKind) => ({ access: 'public', limit }) as const;

export interface RequestLimits {
  readonly sessions: Sessions;
  readonly metrics: Metrics;
  readonly factor: number;
}

export interface SessionLimit {
  /** Counts a new session of the request's address; false when there are too many in this minute. */
  allowNewSession(request: FastifyRequest): Promise<boolean>;
}

/** Limits the requests of one shopper and of one address in a minute. Counts before a body is read. */
export function limitRequests(app: FastifyInstance, { sessions, metrics, factor }: RequestLimits): SessionLimit {
  type Counter = ReturnType<FastifyInstance['createRateLimit']>;
  const counters = new Map<string, Counter>();
  const shopperOf = (request: FastifyRequest): string => sessions.existingShopper(request) ?? '';

  void app.register(fastifyRateLimit, { global: false });
  app.after(() => {
    const counter = (max: number, keyGenerator?: (request: FastifyRequest) => string): Counter => {
      const options: CreateRateLimitOptions & { cache: number } = {
        max: scaled(max, factor),
        timeWindow: 60_000,
        cache: countersOfEachKind,
        // By address when absent; one network of IPv6 addresses is one address.
        ...(keyGenerator && { keyGenerator }),
      };
      return app.createRateLimit(options);
    };
    for (const [kind, { perShopper, perAddress }] of Object.entries(limits)) {
      counters.set(`${kind}/address`, counter(perAddress));
      counters.set(`${kind}/shopper`, counter(perShopper, shopperOf));
    }
    counters.set('sessions/address', counter(newSessionsPerAddress));
  });

  app.addHook('onRequest', async (request, reply) => {
    const { limit } = request.routeOptions.config;
    if (request.is404 || limit === undefined) return;
    const isNew = sessions.existingShopper(request) === undefined;
    for (const name of [`${limit}/address`, isNew ? 'sessions/address' : `${limit}/shopper`]) {
      const count = await counters.get(name)?.(request);
      if (count === undefined || count.isAllowed || !count.isExceeded) continue;
      countLimited(metrics, name);
      throw tooManyRequests(reply, count.ttlInSeconds);
    }
  });
  app.addHook('onSend', async (_request, reply) => {
    // Other services have limits too, and their problems have no retry-after.
    if (reply.statusCode === 429 && !reply.hasHeader('retry-after')) void reply.header('retry-after', '60');
  });
  return {
    async allowNewSession(request) {
      const count = await counters.get('sessions/address')?.(request);
      return count === undefined || count.isAllowed || !count.isExceeded;
    },
  };
}

export const scaled = (limit: number, factor: number): number => Math.max(1, Math.round(limit * factor));

export const countLimited = (metrics: Metrics, kind: string): void =>
  metrics.count('store_limited_requests_total', 'Requests, streams and connections over a limit.', { kind });

/** The problem for a request over a limit; sets `retry-after` on `reply`. */
export function tooManyRequests(reply: FastifyReply, retryAfterSeconds: number): ProblemError {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds));
  void reply.header('retry-after', String(seconds));
  return new ProblemError({
    type: 'too-many-requests',
    status: 429,
    title: 'Too many requests',
    detail: `That was more than the shop takes from one visitor. Wait ${seconds} s and try again.`,
  });
}
