import { connect } from 'node:http2';
import { once } from 'node:events';
import type { Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { EndedSpan } from './activity-log.ts';
import type { TracingConfig } from '../resources/configuration.ts';
import { type ExportedSpan, otlpTraces, spanKindOf } from './otlp-traces.ts';
import { redact, redactedAttributes } from './redaction.ts';

export interface TraceExportOptions {
  readonly tracing: TracingConfig;
  readonly appId: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface TraceExport {
  /** Queues a span of a sampled trace. Must be quick: spans are sent later, in batches. */
  readonly onSpan: (span: EndedSpan) => void;
  /** Sends all queued spans. */
  close(): Promise<void>;
}

type Send = (spans: readonly ExportedSpan[], signal: AbortSignal) => Promise<void>;

const flushMs = 1000;
/** Further spans are dropped while a collector does not respond. */
const maxQueuedSpans = 2048;
/** An unreachable collector is logged this often, not with each flush. */
const failureLogMs = 60_000;

/** Undefined when the configuration names no exporter. */
export function traceExport({ tracing, appId, clock, log }: TraceExportOptions): TraceExport | undefined {
  const targets = targetsOf(tracing, appId);
  if (targets.length === 0) return undefined;
  let queue: EndedSpan[] = [];
  let cancel: (() => void) | undefined;
  let dropped = 0;

  const failures = new Map<Target, { spans: number; loggedAt: number }>();

  const send = async (target: Target, spans: readonly ExportedSpan[]): Promise<void> => {
    const timeoutError = (): Error => new Error(`no response within ${tracing.timeoutMs} ms`);
    try {
      await withTimeout(clock, tracing.timeoutMs, (signal) => target.send(spans, signal), timeoutError);
      failures.delete(target);
    } catch (cause) {
      const failed = failures.get(target) ?? { spans: 0, loggedAt: Number.NEGATIVE_INFINITY };
      failures.set(target, failed);
      failed.spans += spans.length;
      if (clock.now() < failed.loggedAt + failureLogMs) return;
      log.warn({ target: target.name, spans: failed.spans, error: reasonOf(cause) }, 'sending traces failed');
      failed.spans = 0;
      failed.loggedAt = clock.now();
    }
  };
  const flush = async (): Promise<void> => {
    cancel?.();
    cancel = undefined;
    const spans = queue.map(redacted);
    queue = [];
    if (dropped > 0) log.warn({ spans: dropped }, 'the trace queue is full: spans were dropped');
    dropped = 0;
    if (spans.length > 0) await Promise.all(targets.map((target) => send(target, spans)));
  };
  return {
    onSpan(span) {
      if (queue.length >= maxQueuedSpans) return void dropped++;
      queue.push(span);
      cancel ??= clock.after(flushMs, () => void flush());
    },
    close: flush,
  };
}

/** `fetch failed` alone does not include the reason. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error && cause.cause !== undefined
    ? `${cause.message}: ${textOf(cause.cause)}`
    : textOf(cause);
}

/** Traces leave the machine: they are redacted like activities. */
function redacted(span: EndedSpan): ExportedSpan {
  const { name, error, attributes } = span;
  return {
    ...span,
    name: redact(name),
    error: error && { code: error.code, message: redact(error.message) },
    attributes: redactedAttributes(attributes),
  };
}

interface Target {
  readonly name: string;
  readonly send: Send;
}

function targetsOf(
  { zipkin, otel, toStdout, resource: resourceOverrides }: TracingConfig,
  appId: string,
): readonly Target[] {
  const resource = { 'service.name': appId, ...resourceOverrides };
  const serviceName = resource['service.name'];
  return [
    ...(zipkin === undefined ? [] : [{ name: zipkin, send: zipkinSender(zipkin, serviceName) }]),
    ...(toStdout ? [{ name: 'stdout', send: stdoutSender(serviceName) }] : []),
    ...(otel
      ? [{ name: otel.address, send: otel.isGrpc ? grpcSender(otel, resource) : httpSender(otel, resource) }]
      : []),
  ];
}

type Otel = NonNullable<TracingConfig['otel']>;

function originOf({ address, isSecure }: Otel): string {
  return address.includes('://') ? address.replace(/\/+$/, '') : `${isSecure ? 'https' : 'http'}://${address}`;
}

async function post(
  url: string,
  type: string,
  body: Uint8Array<ArrayBuffer> | string,
  init: RequestInit,
): Promise<void> {
  const headers = { ...(init.headers as Record<string, string> | undefined), 'content-type': type };
  const response = await fetch(url, { ...init, method: 'POST', headers, body });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`status ${response.status}`);
}

function zipkinSender(url: string, appId: string): Send {
  return (spans, signal) => post(url, 'application/json', JSON.stringify(zipkinSpans(spans, appId)), { signal });
}

function stdoutSender(appId: string): Send {
  return (spans) => {
    for (const span of zipkinSpans(spans, appId)) process.stdout.write(`${JSON.stringify(span)}\n`);
    return Promise.resolve();
  };
}

/** Spans in Zipkin's v2 JSON format: times in microseconds, all tags as text. */
function zipkinSpans(spans: readonly ExportedSpan[], appId: string): readonly object[] {
  return spans.map((span) => ({
    traceId: span.traceId,
    id: span.spanId,
    parentId: span.parentSpanId,
    name: span.name,
    kind: spanKindOf(span),
    timestamp: Math.round(span.startedAt * 1000),
    duration: Math.max(1, Math.round(span.durationMs * 1000)),
    localEndpoint: { serviceName: appId },
    tags: Object.fromEntries([
      ['dapr.api', span.kind],
      ...Object.entries(span.attributes).map(([name, value]) => [name, String(value)]),
      ...(span.error ? [['error', span.error.message]] : []),
    ]) as Record<string, string>,
  }));
}

function httpSender(otel: Otel, resource: Readonly<Record<string, string>>): Send {
  const origin = originOf(otel);
  const url = new URL(origin).pathname === '/' ? `${origin}/v1/traces` : origin;
  return (spans, signal) =>
    post(url, 'application/x-protobuf', otlpTraces(spans, resource), { signal, headers: otel.headers });
}

/** A minimal gRPC call: a length prefix before the message, and a status after the response. */
function grpcSender(otel: Otel, resource: Readonly<Record<string, string>>): Send {
  return async (spans, signal) => {
    const session = connect(originOf(otel));
    const failed = once(session, 'error', { signal }).then(([cause]) => Promise.reject(cause as Error));
    failed.catch(() => {});
    try {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        'content-type': 'application/grpc',
        te: 'trailers',
        ...otel.headers,
      });
      const message = otlpTraces(spans, resource);
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(message.length, 1);
      let status = '0';
      stream.on('response', (headers) => (status = String(headers['grpc-status'] ?? status)));
      stream.on('trailers', (trailers) => (status = String(trailers['grpc-status'] ?? status)));
      stream.resume();
      stream.end(Buffer.concat([prefix, message]));
      await Promise.race([once(stream, 'close', { signal }), failed]);
      if (status !== '0') throw new Error(`gRPC status ${status}`);
    } finally {
      session.destroy();
    }
  };
}
