import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import { defineError } from '#core/errors.ts';
import { beginTrace, parseTraceparent } from '#core/trace.ts';

/** The caller closed its connection before it had an answer. */
export const callerDisconnected = defineError(
  { code: 'ERR_CANCELED', http: 408, grpc: 'Canceled' },
  () => 'the caller went away before the answer',
);

export interface OpenCallOptions {
  readonly random: Random;
  /** The part of traces begun here that is marked as sampled: 0 to 1. */
  readonly samplingRate: number;
}

/** The call that a request opens. Its signal aborts when the caller goes away. */
export function openCall(request: FastifyRequest, reply: FastifyReply, options: OpenCallOptions): Call {
  const { headers } = request;
  const state = headers['tracestate'];
  const trace =
    parseTraceparent(joinedHeader(headers['traceparent']), typeof state === 'string' ? state : undefined) ??
    beginTrace(options.random, options.samplingRate);
  const controller = new AbortController();
  const { raw } = reply;
  // not `once`: it comes once anyway, and to take a listener off costs more than to leave it
  raw.on('close', () => {
    if (!raw.writableFinished) controller.abort(callerDisconnected());
  });
  const baggage = joinedHeader(headers['baggage']);
  const isPrivate = headers['x-outrigger-private'] !== undefined;
  return {
    trace,
    signal: controller.signal,
    ...(baggage === undefined || baggage === '' ? undefined : { baggage }),
    ...(isPrivate ? { isPrivate } : undefined),
  };
}

function joinedHeader(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.join(',');
}
