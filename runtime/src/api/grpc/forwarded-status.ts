import { Metadata } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js';
import { RuntimeError } from '#core/errors.ts';
import { codeNamed, httpOfCode } from '#core/grpc-code.ts';
import { hopByHopHeaders } from '#core/hop-by-hop-headers.ts';
import type { Headers } from '#core/message.ts';
import type { RpcEnd } from '#core/rpc-frames.ts';

const code = 'ERR_PASSED_STATUS';

/** An app's own status, which is forwarded to its caller with its trailers. */
export function forwardedStatusError(end: RpcEnd): RuntimeError {
  const kind = { code, http: httpOfCode(end.code), grpc: codeNamed(end.code) };
  return new RuntimeError(kind, { message: end.message }, { cause: end });
}

/** The status of a `forwardedStatusError`; undefined for any other error. */
export function forwardedStatusOf(error: unknown): StatusObject | undefined {
  if (!(error instanceof RuntimeError) || error.kind.code !== code) return undefined;
  const end = error.cause as RpcEnd;
  return { code: end.code, details: end.message, metadata: metadataOf(end.trailers) };
}

const connectionHeaders = new Set([...hopByHopHeaders, 'content-type', 'date']);

/** Values of `-bin` names are base64. */
export function metadataOf(headers: Headers): Metadata {
  const metadata = new Metadata();
  addHeaders(metadata, headers);
  return metadata;
}

export function addHeaders(metadata: Metadata, headers: Headers): void {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    if (!connectionHeaders.has(name)) metadata.add(name, name.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  }
}
