import { Metadata } from '@grpc/grpc-js';
import type { Call } from '#core/call.ts';
import { hopByHopHeaders } from '#core/hop-by-hop-headers.ts';
import type { Headers } from '#core/message.ts';
import { binaryTrace, formatTraceparent } from '#core/trace.ts';

/** HTTP/2 and grpc-js write these themselves. */
const ofTheConnection = new Set([
  ...hopByHopHeaders,
  'content-type',
  'host',
  'user-agent',
  'grpc-timeout',
  'grpc-encoding',
  'grpc-accept-encoding',
  'traceparent',
  'tracestate',
  'grpc-trace-bin',
  'baggage',
  'dapr-api-token',
]);
const legalName = /^[0-9a-z_.-]+$/;
const legalValue = /^[ -~]*$/;

/** The headers that can be sent as metadata, and what the call itself carries. Values of `-bin` names are base64. */
export function metadataFor(call: Call, headers: Headers, apiToken: string | undefined): Metadata {
  const metadata = new Metadata();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    const value = headers[i + 1] ?? '';
    if (ofTheConnection.has(name) || !legalName.test(name)) continue;
    if (name.endsWith('-bin')) metadata.add(name, Buffer.from(value, 'base64'));
    else if (legalValue.test(value)) metadata.add(name, value);
  }
  metadata.set('traceparent', formatTraceparent(call.trace));
  // for older instrumentation
  metadata.set('grpc-trace-bin', binaryTrace(call.trace));
  if (call.trace.state) metadata.set('tracestate', call.trace.state);
  if (call.baggage) metadata.set('baggage', call.baggage);
  if (apiToken) metadata.set('dapr-api-token', apiToken);
  return metadata;
}

export function headersOfMetadata(metadata: Metadata): string[] {
  const headers: string[] = [];
  for (const name of Object.keys(metadata.getMap()))
    for (const value of metadata.get(name))
      headers.push(name, typeof value === 'string' ? value : value.toString('base64'));
  return headers;
}
