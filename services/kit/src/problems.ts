import type { FastifyInstance, FastifyReply } from 'fastify';
import { DaprError, ProblemError, problemMediaType } from '@outrigger/sdk';
import type { ProblemBody } from '@outrigger/sdk';
import type { Log } from './log.ts';

/** What a field got wrong. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export const badRequest = (detail: string, errors?: readonly FieldError[]): ProblemError =>
  new ProblemError({ type: 'bad-request', status: 400, title: 'Bad request', detail, ...(errors && { errors }) });

export const notFound = (detail: string): ProblemError =>
  new ProblemError({ type: 'not-found', status: 404, title: 'Not found', detail });

/** `type` identifies the kind of conflict; `extensions` are further members of the problem. */
export const conflict = (
  type: string,
  detail: string,
  extensions: Readonly<Record<string, unknown>> = {},
): ProblemError => new ProblemError({ ...extensions, type, status: 409, title: 'Conflict', detail });

export const tooLarge = (detail: string): ProblemError =>
  new ProblemError({ type: 'too-large', status: 413, title: 'Too large', detail });

export const unsupportedMediaType = (): ProblemError =>
  new ProblemError({
    type: 'unsupported-media-type',
    status: 415,
    title: 'Unsupported media type',
    detail: 'The body must be JSON.',
  });

/** A dependency is unavailable; nothing was changed. */
export const unavailable = (detail: string): ProblemError =>
  new ProblemError({ type: 'unavailable', status: 503, title: 'Not available right now', detail });

/** Every error becomes an `application/problem+json` response; causes stay in the log. */
export function handleErrorsAsProblems(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: unknown, request, reply) => {
    const problem = problemOf(error);
    const fields = { method: request.method, route: request.routeOptions.url, status: problem.status, error };
    if (problem.status >= 500) log.error(fields, 'request failed');
    else log.debug(fields, 'request rejected');
    if (problem.status === 413) drainRequestBody(reply);
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, notFound(`There is nothing at this address for ${request.method}.`).problem),
  );
}

/** For `frameworkErrors` of fastify: what is wrong before a route is looked for, such as an address that cannot be decoded. */
export function problemForMalformedRequest(error: unknown): ProblemBody {
  const { statusCode } = error as { readonly statusCode?: unknown };
  const status = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : 400;
  return { type: 'bad-request', status, title: 'Bad request', detail: 'The address of this request cannot be read.' };
}

export function sendProblem(reply: FastifyReply, problem: ProblemBody): FastifyReply {
  // Sent as bytes: to text fastify would add a charset, which this media type does not have.
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type(problemMediaType)
    .send(Buffer.from(JSON.stringify(problem)));
}

/**
 * A client that is still sending reads the response only when its body is consumed: with the connection closed instead, it
 * reports a broken pipe. The server's `requestTimeout` bounds how long.
 */
function drainRequestBody(reply: FastifyReply): void {
  reply.removeHeader('connection');
  reply.request.raw.resume();
}

function problemOf(error: unknown): ProblemBody {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof DaprError) {
    return unavailable('Another part of the store did not respond. Nothing was changed; try again in a moment.')
      .problem;
  }
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (statusCode === 413) return tooLarge('The body is too large.').problem;
  if (statusCode === 415) return unsupportedMediaType().problem;
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return { type: 'bad-request', status: statusCode, title: 'Bad request', detail: String(message) };
  }
  return {
    type: 'internal',
    status: 500,
    title: 'Something went wrong',
    detail: 'The store made a mistake. Try again in a moment.',
  };
}
