import type { FastifyInstance } from 'fastify';

/** Requests the stop of the process; `isForced` leaves no time for running work. Returns immediately. */
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
