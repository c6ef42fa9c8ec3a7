import type { Chance } from '@outrigger/sdk';
import { fastifyCookie } from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Knows who is shopping: a signed cookie that no script can read carries a random id, and nothing else. */
export interface Sessions {
  /** The shopper of this request; a new one, with a cookie, when none can be told. */
  shopperOf(request: FastifyRequest, reply: FastifyReply): string;
}

const cookieName = 'tidewater';
const maxAgeSeconds = 180 * 24 * 3600;

export function sessions(app: FastifyInstance, { secret, chance }: { secret: string; chance: Chance }): Sessions {
  void app.register(fastifyCookie, { secret });
  // One request asks more than once, and must not become two people.
  const newcomers = new WeakMap<FastifyRequest, string>();
  return {
    shopperOf(request, reply) {
      const newcomer = newcomers.get(request);
      if (newcomer !== undefined) return newcomer;
      const cookie = request.cookies[cookieName];
      const known = cookie === undefined ? undefined : request.unsignCookie(cookie);
      if (known?.valid === true && known.value) return known.value;
      const shopper = `guest-${chance.uuid()}`;
      newcomers.set(request, shopper);
      void reply.setCookie(cookieName, shopper, {
        signed: true,
        httpOnly: true,
        sameSite: 'lax',
        // Over TLS only where the shop is served over TLS.
        secure: request.protocol === 'https',
        path: '/',
        maxAge: maxAgeSeconds,
      });
      return shopper;
    },
  };
}
