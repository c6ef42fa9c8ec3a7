import type { Call } from './call.ts';
import type { Random } from './random.ts';
import { beginTrace } from './trace.ts';

/** Opens a call that the sidecar begins itself, in a new trace: a reminder, an event that names no trace, a job. */
export type NewCall = (signal: AbortSignal) => Call;

/** Every trace that begins in one sidecar is sampled at the same rate, whether a caller or the sidecar begins it. */
export function newCalls(random: Random, samplingRate: number): NewCall {
  return (signal) => ({ trace: beginTrace(random, samplingRate), signal });
}
