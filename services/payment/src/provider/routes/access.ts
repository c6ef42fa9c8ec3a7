import type { FastifyInstance } from 'fastify';
import { ProblemError } from '@outrigger/sdk';
import { isSameSecret } from '@tidewater/kit/access.ts';
import type { KeyKind, ProviderKeys } from '../domain/keys.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which of the provider's keys a route wants; the secret one when absent. */
    providerKey?: KeyKind;
  }
}

/** Every route of `app` wants `Authorization: Bearer <key>`, decided by the matched route. */
export function requireKeys(app: FastifyInstance, keys: ProviderKeys): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) return done();
    const kind = request.routeOptions.config.providerKey ?? 'secret';
    const presented = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (isSameSecret(presented, keys[kind])) return done();
    void reply.header('www-authenticate', 'Bearer');
    return done(
      new ProblemError({
        type: 'unauthorized',
        status: 401,
        title: 'Not authorized',
        detail: `This needs the ${kind} key as a bearer token.`,
      }),
    );
  });
}
