import { createHmac } from 'node:crypto';
import { Signer } from '@fastify/cookie';
import type { Random, Clock } from '@outrigger/sdk';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Identifies shoppers by a signed cookie that no script can read. It holds a random id and its time of issue only. */
export interface Sessions {
  /** The shopper whose valid cookie came with the request; undefined for a new visitor. */
  existingShopper(request: FastifyRequest): string | undefined;
  /** The shopper of this request. A new visitor becomes one; the response sets the cookie then, and when it is a day old. */
  shopperOf(request: FastifyRequest, reply: FastifyReply): string;
}

export interface SessionOptions {
  readonly secret: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly onCreated?: () => void;
}

interface Session {
  readonly shopper: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
}

const daySeconds = 24 * 3600;
const maxAgeSeconds = 180 * daySeconds;

export function sessions({ secret, clock, random, onCreated }: SessionOptions): Sessions {
  const signer = new Signer(secret);
  const name = cookieName(secret);
  const read = new WeakMap<FastifyRequest, Session | undefined>();
  // Called several times for one request, which must neither become two shoppers nor set two cookies.
  const decided = new WeakMap<FastifyRequest, string>();
  const nowSeconds = (): number => Math.floor(clock.now() / 1_000);

  const sessionIn = (value: string): Session | undefined => {
    const unsigned = signer.unsign(value);
    if (!unsigned.valid) return undefined;
    const [shopper = '', issued = ''] = unsigned.value.split('~');
    if (!isValid(id, shopper) || !/^\d{1,12}$/.test(issued)) return undefined;
    const issuedAt = Number(issued);
    return nowSeconds() - issuedAt > maxAgeSeconds ? undefined : { shopper, issuedAt };
  };

  const sessionOf = (request: FastifyRequest): Session | undefined => {
    if (read.has(request)) return read.get(request);
    let session: Session | undefined;
    // Another page of the same host can put its own cookie of this name in front: the first valid one counts.
    for (const value of cookiesNamed(nameFor(request, name), request.headers.cookie)) {
      session = sessionIn(value);
      if (session) break;
    }
    read.set(request, session);
    return session;
  };

  const setCookie = (request: FastifyRequest, reply: FastifyReply, shopper: string): void => {
    const value = signer.sign(`${shopper}~${nowSeconds()}`);
    const attributes = `Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=Lax${isSecure(request) ? '; Secure' : ''}`;
    void reply.header('set-cookie', `${nameFor(request, name)}=${value}; ${attributes}`);
  };

  return {
    existingShopper: (request) => sessionOf(request)?.shopper,
    shopperOf(request, reply) {
      const assigned = decided.get(request);
      if (assigned !== undefined) return assigned;
      const session = sessionOf(request);
      const shopper = session?.shopper ?? `guest-${random.uuid()}`;
      decided.set(request, shopper);
      if (session === undefined) onCreated?.();
      if (session === undefined || nowSeconds() - session.issuedAt >= daySeconds) setCookie(request, reply, shopper);
      return shopper;
    },
  };
}

/** Stores with another secret on the same host have separate cookies, since a cookie does not belong to a port. */
export function cookieName(secret: string): string {
  return `tidewater-${createHmac('sha256', secret).update('cookie name').digest('hex').slice(0, 6)}`;
}

/** Over TLS only where the shop is served over TLS. Browsers take a `__Host-` cookie from this host over TLS only. */
const isSecure = ({ protocol }: FastifyRequest): boolean => protocol === 'https';

const nameFor = (request: FastifyRequest, name: string): string => (isSecure(request) ? `__Host-${name}` : name);

function* cookiesNamed(name: string, header: string | undefined): Iterable<string> {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) yield pair.slice(at + 1).trim();
  }
}
