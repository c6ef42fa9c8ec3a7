import type { Metadata } from '@grpc/grpc-js';
import { illegalBaggage } from '#core/baggage.ts';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import { defineError } from '#core/errors.ts';
import { tokenMatches } from '#core/token.ts';
import { beginTrace } from '#core/trace.ts';
import { httpStatusError } from './http-status.ts';
import { traceOf } from './trace-metadata.ts';

const baggageInvalid = defineError(
  { code: 'ERR_BAD_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (member: string) => `invalid baggage header: invalid baggage list-member: ${JSON.stringify(member)}`,
);

export interface CallOpenerOptions {
  /** Undefined disables authentication. */
  readonly apiToken?: string;
  /** The fraction of new traces that is sampled: 0 to 1. */
  readonly samplingRate: number;
  readonly random: Random;
}

/** Opens the call for a request's metadata, or throws when it is rejected. */
export type CallOpener = (metadata: Metadata, signal: AbortSignal) => Call;

/** Checks token and baggage and reads the trace of every RPC. */
export function callOpener({ apiToken, samplingRate, random }: CallOpenerOptions): CallOpener {
  return (metadata, signal) => {
    if (apiToken !== undefined) checkToken(metadata, apiToken);
    metadata.remove('dapr-api-token');
    const baggage = metadata.get('baggage').join(',');
    const invalidMember = illegalBaggage(baggage);
    if (invalidMember !== undefined) throw baggageInvalid(invalidMember);
    const isPrivate = metadata.get('x-outrigger-private').length > 0;
    return {
      trace: traceOf(metadata) ?? beginTrace(random, samplingRate),
      signal,
      ...(baggage === '' ? undefined : { baggage }),
      ...(isPrivate ? { isPrivate } : undefined),
    };
  };
}

function checkToken(metadata: Metadata, token: string): void {
  const [presented] = metadata.get('dapr-api-token');
  if (typeof presented !== 'string') throw httpStatusError(401, 'missing api token in request metadata');
  if (!tokenMatches(presented, token)) throw httpStatusError(401, 'authentication error: api token mismatch');
}
