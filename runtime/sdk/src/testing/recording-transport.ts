import type { Transport, TransportRequest, TransportResponse } from '../transport.ts';

export interface RecordingTransport extends Transport {
  /** All requests in order. */
  readonly requests: TransportRequest[];
  /** The events that were published, in order. */
  readonly published: { readonly topic: string; readonly type: string; readonly id: string; readonly data: unknown }[];
}

/** The response to a request; undefined for 204. A thrown error simulates a missing response. */
export type Responder = (
  request: TransportRequest,
) => { status: number; json?: unknown; headers?: Record<string, string> } | undefined;

/** A sidecar that records requests and responds with what `respond` returns, 204 when that is undefined. */
export function recordingTransport(respond: Responder = () => undefined): RecordingTransport {
  const requests: TransportRequest[] = [];
  const published: RecordingTransport['published'] = [];
  return {
    requests,
    published,
    async send(request) {
      requests.push(request);
      const response = respond(request) ?? { status: 204 };
      if (response.status < 300) notePublished(request, published);
      return toTransportResponse(response);
    },
    async close() {},
  };
}

function notePublished(request: TransportRequest, published: RecordingTransport['published']): void {
  const url = new URL(request.path, 'http://sidecar');
  const [, , verb, , ...topic] = url.pathname.split('/');
  if (verb !== 'publish') return;
  published.push({
    topic: topic.join('/'),
    type: url.searchParams.get('metadata.cloudevent.type') ?? '',
    id: url.searchParams.get('metadata.cloudevent.id') ?? '',
    data: JSON.parse(String(request.body)) as unknown,
  });
}

function toTransportResponse({ status, json, headers = {} }: NonNullable<ReturnType<Responder>>): TransportResponse {
  const body = json === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(json));
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}
