import type { FastifyInstance } from 'fastify';

/** Asks the process to stop; `isForced` leaves no time for work under way. Returns at once. */
export type Shutdown = (options: { readonly isForced: boolean }) => void;

export function shutdownRoutes(shutdown: Shutdown) {
  return (app: FastifyInstance): void => {
    app.post('/v1.0/shutdown', (request, reply) => {
      const isForced = request.headers['dapr-force-shutdown'] === 'true';
      reply.raw.once('finish', () => shutdown({ isForced }));
      void reply.code(204).send();
    });
  };
}
