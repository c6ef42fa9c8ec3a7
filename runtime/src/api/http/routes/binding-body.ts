import { isUtf8 } from 'node:buffer';
import { textOf, withCause } from '#core/errors.ts';
import { goJson } from '#core/go-json.ts';
import { any, struct, text, stringMap } from '#core/go-shape.ts';
import { mappedText, textOfBytes } from '#core/mapped-buffer.ts';
import { decodeBody, malformedRequest } from './body.ts';

export interface BindingBody {
  readonly operation: string;
  readonly data: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The body of a binding's invocation. Dapr re-encodes `data`: a string reaches the binding with its quotes, an object
 * with sorted keys, and an absent one as `null`. Throws `malformedRequest`.
 */
export function bindingBody(bytes: Uint8Array): BindingBody {
  const plain = plainData(bytes);
  if (plain) {
    // the rest is small; a second `data` takes the slow path
    const before = textOfBytes(bytes.subarray(0, plain.from));
    const after = textOfBytes(bytes.subarray(plain.to));
    const { operation, data, metadata } = partsOf(`${before}null${after}`);
    if (data === null) return { operation, data: bytes.subarray(plain.from, plain.to), metadata };
  }
  const { operation, data, metadata } = partsOf(bytes);
  return { operation, data: encoded(data), metadata };
}

const quote = 0x22;
const backslash = 0x5c;
/** `<`, `>`, `&` and the first byte of line separators: encoding escapes them. */
const rewritten: ReadonlySet<number> = new Set([0x3c, 0x3e, 0x26, 0xe2]);

/**
 * The range of the string under `data`, with its quotes, when re-encoding would not change it: files that an app passes
 * on may be large, and need not be decoded and encoded. Undefined when it may change.
 */
function plainData(bytes: Uint8Array): { readonly from: number; readonly to: number } | undefined {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    else if (byte === quote) {
      const end = stringEnd(bytes, at);
      if (depth === 1 && end - at === 5 && isDataKey(bytes, at)) {
        const colon = nextToken(bytes, end + 1);
        const from = nextToken(bytes, colon + 1);
        if (bytes[colon] === 0x3a) return bytes[from] === quote ? plainString(bytes, from) : undefined;
      }
      at = end;
    }
  }
  return undefined;
}

function isDataKey(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 1] === 0x64 && bytes[at + 2] === 0x61 && bytes[at + 3] === 0x74 && bytes[at + 4] === 0x61;
}

function plainString(bytes: Uint8Array, from: number): { readonly from: number; readonly to: number } | undefined {
  let isAscii = true;
  for (let at = from + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) {
      const to = at + 1;
      return isAscii || isUtf8(bytes.subarray(from, to)) ? { from, to } : undefined;
    }
    if (byte < 0x20 || byte === backslash || rewritten.has(byte)) return undefined;
    if (byte > 0x7e) isAscii = false;
  }
  return undefined;
}

function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

function nextToken(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  return at;
}

const bodyShape = struct('http.OutputBindingRequest', { metadata: stringMap, data: any, operation: text });

function partsOf(bytes: Uint8Array | string) {
  const { operation = '', data = null, metadata = {} } = decodeBody(bodyShape, bytes) ?? {};
  return { operation, data, metadata };
}

function encoded(data: unknown): Uint8Array {
  try {
    return mappedText(goJson(data));
  } catch (cause) {
    throw withCause(malformedRequest(textOf(cause)), cause);
  }
}
