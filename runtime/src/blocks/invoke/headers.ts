import { hopByHopHeaders } from '#core/hop-by-hop-headers.ts';
import type { Headers } from '#core/message.ts';

/** Connection headers, those a sidecar sets itself, and those that are part of the call. */
const dropped = new Set([
  ...hopByHopHeaders,
  'expect',
  'host',
  'dapr-app-id',
  'dapr-api-token',
  'dapr-caller-app-id',
  'dapr-caller-namespace',
  'dapr-callee-app-id',
  'destination-app-id',
  'traceparent',
  'tracestate',
  'baggage',
]);

/** The caller's headers that are passed on to the app, names in lower case. The result may be modified. */
export function endToEndHeaders(headers: Headers): string[] {
  const remaining: string[] = [];
  let nominated: string | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    const value = headers[i + 1] ?? '';
    if (name === 'connection' && value !== 'keep-alive' && value !== 'close') {
      nominated = nominated === undefined ? value : `${nominated},${value}`;
    }
    // pseudo headers of HTTP/2 begin with a colon, binary metadata of gRPC ends in -bin
    if (dropped.has(name) || name.startsWith(':') || name.endsWith('-bin')) continue;
    remaining.push(name.startsWith('grpc-') ? `dapr-${name}` : name, value);
  }
  return nominated === undefined ? remaining : withoutNominated(remaining, nominated);
}

function withoutNominated(headers: readonly string[], connection: string): string[] {
  const names = new Set(connection.split(',').map((token) => token.trim().toLowerCase()));
  const remaining: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!names.has(name)) remaining.push(name, headers[i + 1] ?? '');
  }
  return remaining;
}

/** Headers that identify the machine through which the call came. */
export function forwardedHeaders(host: { readonly address: string; readonly name: string }): readonly string[] {
  const { address, name } = host;
  // an IPv6 address is quoted and bracketed in Forwarded (RFC 7239)
  const node = address.includes(':') ? `"[${address}]"` : address;
  const parts = [...(address ? [`for=${node}`, `by=${node}`] : []), ...(name ? [`host=${name}`] : [])];
  return [
    ...(address ? ['x-forwarded-for', address] : []),
    ...(name ? ['x-forwarded-host', name] : []),
    ...(parts.length > 0 ? ['forwarded', parts.join(';')] : []),
  ];
}
