/** The channel sets these headers itself, from the call and from its settings. */
const reservedHeaders: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'host',
  'connection',
  'transfer-encoding',
  'traceparent',
  'tracestate',
  'baggage',
  'dapr-api-token',
]);
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Metadata of a binding's event as headers for the app, `[name, value, …]`. Characters that a header cannot carry are
 * replaced; unusable names are omitted.
 */
export function metadataHeaders(metadata: Readonly<Record<string, string>>): string[] {
  const headers: string[] = [];
  for (const [name, value] of Object.entries(metadata))
    if (!reservedHeaders.has(name.toLowerCase()) && headerName.test(name)) headers.push(name, headerValue(value));
  return headers;
}

function headerValue(value: string): string {
  // eslint-disable-next-line no-control-regex -- exactly what a header value must not hold
  return Buffer.from(value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' '), 'utf8').toString('latin1');
}
