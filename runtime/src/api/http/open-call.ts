import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Call } from '#core/call.ts';
import type { Chance } from '#core/chance.ts';
import { defineError } from '#core/errors.ts';
import { beginTrace, parseTraceparent } from '#core/trace.ts';

/** The caller closed its connection before it had an answer. */
export const callerGone = defineError(
  { code: 'ERR_CANCELED', http: 408, grpc: 'Canceled' },
  () => 'the caller went away before the answer',
);

export interface CallOpener {
  readonly chance: Chance;
  /** The part of traces begun here that is marked as sampled: 0 to 1. */
  readonly samplingRate: number;
}

/** The call that a request opens. Its signal aborts when the caller goes away. */
export function openCall(request: FastifyRequest, reply: FastifyReply, opener: CallOpener): Call {
  const { headers } = request;
  const state = headers['tracestate'];
  const trace =
    parseTraceparent(one(headers['traceparent']), typeof state === 'string' ? state : undefined) ??
    beginTrace(opener.chance, opener.samplingRate);
  const controller = new AbortController();
  const { raw } = reply;
  // not `once`: it comes once anyway, and to take a listener off costs more than to leave it
  raw.on('close', () => {
    if (!raw.writableFinished) controller.abort(callerGone());
  });
  const baggage = one(headers['baggage']);
  const isPrivate = headers['x-outrigger-private'] !== undefined;
  return {
    trace,
    signal: controller.signal,
    ...(baggage === undefined || baggage === '' ? undefined : { baggage }),
    ...(isPrivate ? { isPrivate } : undefined),
  };
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.join(',');
}
