import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import { defineError } from '#core/errors.ts';
import { beginTrace, parseTraceparent } from '#core/trace.ts';

/** The caller closed its connection before the response. */
export const callerDisconnected = defineError(
  { code: 'ERR_CANCELED', http: 408, grpc: 'Canceled' },
  () => 'the caller disconnected before the response',
);

export interface OpenCallOptions {
  readonly random: Random;
  /** The fraction of new traces that is sampled: 0 to 1. */
  readonly samplingRate: number;
}

/** Opens the call of a request. Its signal aborts when the caller disconnects. */
export function openCall(request: FastifyRequest, reply: FastifyReply, options: OpenCallOptions): Call {
  const { headers } = request;
  const state = headers['tracestate'];
  const trace =
    parseTraceparent(joinedHeader(headers['traceparent']), typeof state === 'string' ? state : undefined) ??
    beginTrace(options.random, options.samplingRate);
  const controller = new AbortController();
  const { raw } = reply;
  // not `once`: the event is emitted once anyway, and removing a listener costs more than leaving it
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
