import type { Call } from './call.ts';
import type { Random } from './random.ts';
import { beginTrace } from './trace.ts';

/** Opens a call that the sidecar starts itself, in a new trace: a reminder, an event without a trace, a job. */
export type NewCall = (signal: AbortSignal) => Call;

/** Every trace that starts in one sidecar is sampled at the same rate, whether a caller or the sidecar starts it. */
export function newCalls(random: Random, samplingRate: number): NewCall {
  return (signal) => ({ trace: beginTrace(random, samplingRate), signal });
}
