import { AsyncLocalStorage } from 'node:async_hooks';

/** The headers of the trace that a call belongs to. */
export interface TraceHeaders {
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
}

/** Carries the trace of the request being served to every call made while serving it. */
export interface ContextCarrier {
  run<T>(headers: TraceHeaders, work: () => T): T;
  current(): TraceHeaders;
  /** The 32 hex digits of the current trace, for logs. */
  traceId(): string | undefined;
}

const none: TraceHeaders = {};

export function contextCarrier(): ContextCarrier {
  const storage = new AsyncLocalStorage<TraceHeaders>();
  const current = (): TraceHeaders => storage.getStore() ?? none;
  return {
    run: (headers, work) => storage.run(headers, work),
    current,
    traceId: () => current().traceparent?.slice(3, 35),
  };
}

/** Picks the trace out of a request's headers. */
export function traceHeadersOf(headers: Readonly<Record<string, string | string[] | undefined>>): TraceHeaders {
  const { traceparent, tracestate, baggage } = headers;
  return { traceparent: text(traceparent), tracestate: text(tracestate), baggage: text(baggage) };
}

const text = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(',') : header;
