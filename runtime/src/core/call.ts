import type { TraceContext } from './trace.ts';

/** Travels through every operation: the trace it belongs to, and the signal to stop. */
export interface Call {
  /** The current span; calls from here become its children. */
  readonly trace: TraceContext;
  /** Aborts when the caller disconnects or the sidecar stops. Every wait listens to it. */
  readonly signal: AbortSignal;
  /** The W3C `baggage` header as received, passed on unchanged. */
  readonly baggage?: string;
  /** True when the caller requested that payloads are not recorded (`x-outrigger-private`). */
  readonly isPrivate?: boolean;
}
