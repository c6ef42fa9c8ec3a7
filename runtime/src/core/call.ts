import type { TraceContext } from './trace.ts';

/** Travels through every operation: where it belongs in a trace, and when to give up. */
export interface Call {
  /** The span that is now open; what is called from here becomes its child. */
  readonly trace: TraceContext;
  /** Aborts when the caller went away or the sidecar stops. Every wait listens to it. */
  readonly signal: AbortSignal;
  /** The W3C `baggage` header as it came, passed on unchanged. */
  readonly baggage?: string;
  /** True when the caller asked that payloads of this call are not recorded (`x-outrigger-private`). */
  readonly isPrivate?: boolean;
}
