import { appRequestInvalid } from '#app/errors.ts';

export interface RequestHead {
  readonly verb: string;
  /** Path and query. */
  readonly target: string;
  readonly host: string;
  /** Alternating names and values. */
  readonly headers: readonly string[];
  /** Undefined for a body of unknown length. */
  readonly bodyLength: number | undefined;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const unsendableTarget = /[^\u0021-\u00ff]/;
const unsendableValue = /[^\t\u0020-\u007e\u0080-\u00ff]/;
/** Verbs whose requests announce an empty body; others omit the header. */
const bodied = new Set(['POST', 'PUT', 'PATCH']);

/** The head of an HTTP/1.1 request, in Latin-1. Throws `appRequestInvalid` for values that a head cannot carry. */
export function requestHead({ verb, target, host, headers, bodyLength }: RequestHead): string {
  if (!token.test(verb)) throw appRequestInvalid('invalid request method');
  if (!target.startsWith('/') || unsendableTarget.test(target)) throw appRequestInvalid('invalid request path');
  let named = host;
  let lines = '';
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    if (unsendableValue.test(value)) throw appRequestInvalid(`invalid ${JSON.stringify(name)} header`);
    switch (name.toLowerCase()) {
      case 'host':
        named = value;
        break;
      // the sidecar controls the connection and the framing of the body
      case 'connection':
      case 'content-length':
        break;
      case 'keep-alive':
      case 'transfer-encoding':
      case 'upgrade':
      case 'expect':
        throw appRequestInvalid(`invalid ${name} header`);
      default:
        if (!token.test(name)) throw appRequestInvalid(`invalid header name ${JSON.stringify(name)}`);
        lines += `${name}: ${value}\r\n`;
    }
  }
  // HTTP/1.1 connections are persistent by default, and apps see no connection headers, as upstream
  return `${verb} ${target} HTTP/1.1\r\nhost: ${named}\r\n${lines}${framing(verb, bodyLength)}\r\n`;
}

function framing(verb: string, bodyLength: number | undefined): string {
  if (bodyLength === undefined) return 'transfer-encoding: chunked\r\n';
  return bodyLength > 0 || bodied.has(verb) ? `content-length: ${bodyLength}\r\n` : '';
}
