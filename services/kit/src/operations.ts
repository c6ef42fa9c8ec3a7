import type { FastifyInstance } from 'fastify';
import { unavailable } from './problems.ts';
import { emptyResponse, problemResponse, textResponse } from './route-schemas.ts';
import type { ServiceContext } from './service-context.ts';

const readiness = {
  204: emptyResponse('It can'),
  503: problemResponse('It cannot, such as without its database'),
};

/** `/readyz` for orchestrators and `/metrics` for Prometheus with the staff token as bearer. */
export function serveOperations(
  app: FastifyInstance,
  { metrics, log }: Pick<ServiceContext, 'metrics' | 'log'>,
  ready: (() => Promise<void>) | undefined,
): void {
  app.get(
    '/readyz',
    { config: { access: 'probe' }, schema: { summary: 'Whether it can do its work', response: readiness } },
    async (_request, reply) => {
      try {
        await ready?.();
      } catch (error) {
        log.debug({ error }, 'not ready');
        throw unavailable('This service is not ready.');
      }
      return reply.code(204).send();
    },
  );
  app.get(
    '/metrics',
    {
      config: { access: 'staff' },
      schema: {
        summary: "Metrics in Prometheus's text format",
        response: { 200: textResponse('The metrics', 'text/plain') },
      },
    },
    async (_request, reply) => {
      const { contentType, text } = await metrics.text();
      return reply.type(contentType).send(text);
    },
  );
}
