import type { FastifyInstance, FastifyRequest } from 'fastify';
import { defineError } from '#core/errors.ts';
import type { Readiness } from '#core/readiness.ts';

const healthNotReady = defineError(
  { code: 'ERR_HEALTH_NOT_READY', http: 500, grpc: 'Unavailable' },
  (targets: readonly string[]) => `dapr is not ready: [${targets.join(' ')}]`,
);

const outboundNotReady = defineError(
  { code: 'ERR_OUTBOUND_HEALTH_NOT_READY', http: 500, grpc: 'Unavailable' },
  (targets: readonly string[]) => `dapr outbound is not ready: [${targets.join(' ')}]`,
);

const appIdNotMatch = defineError(
  { code: 'ERR_HEALTH_APPID_NOT_MATCH', http: 500, grpc: 'InvalidArgument' },
  () => 'dapr app-id does not match',
);

export interface HealthRoutesOptions {
  readonly appId: string;
  /** All targets, the app included. */
  readonly all: Readiness;
  /** The targets of outbound calls: ready even while the app is still starting. */
  readonly outbound: Readiness;
}

export function healthRoutes({ appId, all, outbound }: HealthRoutesOptions) {
  const checkAppId = (request: FastifyRequest): void => {
    const { appid } = request.query as { readonly appid?: string };
    if (appid !== undefined && appid !== appId) throw appIdNotMatch();
  };
  return (app: FastifyInstance): void => {
    app.get('/v1.0/healthz', (request, reply) => {
      const pending = [...outbound.pending, ...all.pending];
      if (pending.length > 0) throw healthNotReady(pending);
      checkAppId(request);
      void reply.code(204).send();
    });
    app.get('/v1.0/healthz/outbound', (_request, reply) => {
      if (outbound.pending.length > 0) throw outboundNotReady(outbound.pending);
      void reply.code(204).send();
    });
  };
}
