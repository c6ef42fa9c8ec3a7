import { ProblemError } from '@outrigger/sdk';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** More than this is not read to its end, whoever sends it. */
const patienceBytes = 64 << 20;

/**
 * Refuses requests whose body is too long with a 413 that arrives. A server that answers before it has read what is sent
 * closes the connection under the sender, who then sees a broken pipe instead of the reason; so the rest is read and
 * thrown away.
 */
export function limitBodies(app: FastifyInstance, limitBytes: number): void {
  app.addHook('onRoute', (route) => void (route.bodyLimit ??= limitBytes));
  app.addHook('onRequest', async (request) => {
    const length = Number(request.headers['content-length'] ?? 0);
    if (length <= limitBytes) return;
    if (length <= patienceBytes) await discardBody(request);
    throw tooLarge(limitBytes);
  });
}

export const tooLarge = (limitBytes: number): ProblemError =>
  new ProblemError({
    type: 'too-large',
    status: 413,
    title: 'Too large',
    detail: `This is longer than the shop reads: ${limitBytes >> 10} kB at most.`,
  });

function discardBody({ raw }: FastifyRequest): Promise<void> {
  return new Promise((resolve) => {
    // A sender that goes away in the middle ends the wait as well.
    raw.on('close', resolve).on('end', resolve).resume();
  });
}
