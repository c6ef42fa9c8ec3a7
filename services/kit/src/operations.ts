import type { FastifyInstance } from 'fastify';
import { unavailable } from './problems.ts';
import type { ServiceContext } from './service-context.ts';

/** `/readyz` for orchestrators and `/metrics` for Prometheus with the staff token as bearer. */
export function serveOperations(
  app: FastifyInstance,
  { metrics, log }: Pick<ServiceContext, 'metrics' | 'log'>,
  ready: (() => Promise<void>) | undefined,
): void {
  app.get(
    '/readyz',
    { config: { access: 'probe' }, schema: { summary: 'Whether it can do its work' } },
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
    { config: { access: 'staff' }, schema: { summary: "Metrics in Prometheus's text format" } },
    async (_request, reply) => {
      const { contentType, text } = await metrics.text();
      return reply.type(contentType).send(text);
    },
  );
}
