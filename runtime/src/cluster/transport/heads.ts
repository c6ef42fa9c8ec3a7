import type { Call } from '#core/call.ts';
import type { TraceContext } from '#core/trace.ts';
import type { PeerPurpose, PeerRequest } from '#blocks/invoke/peers.ts';
import { type Frame, ProtocolError, endFlag, frameType, maxHeadBytes } from './frames.ts';
import type { FrameWriter } from './frame-writer.ts';
import { ownerPath, readOwnerPath } from './owner-path.ts';

/**
 * A head is one text with its fields separated by NUL: one conversion between string and bytes each way, for any number
 * of headers. A field that contains NUL makes the number of fields wrong, and the head is rejected.
 */
const separator = '\0';
const purposes: readonly PeerPurpose[] = ['invoke', 'actor', 'activities'];

/** purpose (1), bits (1), count of fields (2), bytes of text (4), length of the body (4) */
const requestFixedBytes = 12;
/** status (2), count of fields (2), bytes of text (4), length of the body (4) */
const responseFixedBytes = 12;

const sampledBit = 1;
const privateBit = 2;
const actorBit = 4;

/** Fields before the headers: app id, actor type and id, trace id, span id, tracestate, baggage, verb, path, query. */
const leadingFields = 10;

export interface BodyStart {
  /** The part of the body that is sent with the head. */
  readonly first: Uint8Array;
  /** Of the whole body; `unknownLength` for a stream. */
  readonly length: number;
  readonly isComplete: boolean;
}

export interface RequestHead {
  readonly request: Omit<PeerRequest, 'message'>;
  readonly verb: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly string[];
  readonly trace: TraceContext;
  readonly baggage?: string;
  readonly isPrivate: boolean;
  readonly bodyLength: number;
  /** Offset of the body in the frame's buffer. */
  readonly bodyStart: number;
}

export interface ResponseHead {
  readonly status: number;
  readonly headers: readonly string[];
  readonly bodyLength: number;
  readonly bodyStart: number;
}

/** Throws a RangeError when the head is too long. */
export function writeRequest(
  writer: FrameWriter,
  stream: number,
  content: { readonly call: Call; readonly request: PeerRequest; readonly body: BodyStart },
): void {
  const { call, request, body } = content;
  const { message, actor } = request;
  const { trace } = call;
  const fields = [
    request.appId,
    actor?.[0] ?? '',
    actor?.[1] ?? '',
    trace.traceId,
    trace.spanId,
    trace.state ?? '',
    call.baggage ?? '',
    message.verb,
    request.owner ? ownerPath(request.owner) : message.path,
    message.query,
    ...message.headers,
  ];
  const text = joinFields(fields);
  const bits = (trace.sampled ? sampledBit : 0) | (call.isPrivate === true ? privateBit : 0) | (actor ? actorBit : 0);
  const head = { type: frameType.request, flags: body.isComplete ? endFlag : 0, stream };
  writer.headFrame(head, { fixedBytes: requestFixedBytes, text, body: body.first }, (slab, at, textBytes) => {
    slab[at] = purposes.indexOf(request.purpose);
    slab[at + 1] = bits;
    slab.writeUInt16BE(fields.length, at + 2);
    slab.writeUInt32BE(textBytes, at + 4);
    slab.writeUInt32BE(body.length, at + 8);
  });
}

/** Throws a ProtocolError when the head is not what `writeRequest` writes. */
export function readRequest({ buffer, start, end }: Frame): RequestHead {
  if (end - start < requestFixedBytes) throw new ProtocolError('a request head is too short');
  const bits = buffer[start + 1] ?? 0;
  const purpose = purposes[buffer[start] ?? purposes.length];
  if (purpose === undefined) throw new ProtocolError('a request has an unknown purpose');
  const textStart = start + requestFixedBytes;
  const bodyStart = textStart + buffer.readUInt32BE(start + 4);
  if (bodyStart > end) throw new ProtocolError('a request head is longer than its frame');
  const fields = splitFields(buffer.toString('utf8', textStart, bodyStart), buffer.readUInt16BE(start + 2));
  const [appId, actorType, actorId, traceId, spanId, state, baggage, verb, path, query] = fields;
  if (
    appId === undefined ||
    actorType === undefined ||
    actorId === undefined ||
    traceId?.length !== 32 ||
    spanId?.length !== 16 ||
    !verb ||
    path?.startsWith('/') !== true ||
    query === undefined ||
    fields.length % 2 !== 0
  ) {
    throw new ProtocolError('a request head lacks fields');
  }
  const sampled = (bits & sampledBit) !== 0;
  const owner = (bits & actorBit) === 0 ? undefined : readOwnerPath(path);
  const target =
    (bits & actorBit) === 0 ? { purpose, appId } : { purpose, appId, actor: [actorType, actorId] as const };
  return {
    request: owner ? { ...target, owner } : target,
    verb,
    path,
    query,
    headers: fields.slice(leadingFields),
    trace: state ? { traceId, spanId, sampled, state } : { traceId, spanId, sampled },
    ...(baggage ? { baggage } : undefined),
    isPrivate: (bits & privateBit) !== 0,
    bodyLength: buffer.readUInt32BE(start + 8),
    bodyStart,
  };
}

/** Throws a RangeError when the head is too long. */
export function writeResponse(
  writer: FrameWriter,
  stream: number,
  content: { readonly status: number; readonly headers: readonly string[]; readonly body: BodyStart },
): void {
  const { status, headers, body } = content;
  const text = joinFields(headers);
  const head = { type: frameType.response, flags: body.isComplete ? endFlag : 0, stream };
  writer.headFrame(head, { fixedBytes: responseFixedBytes, text, body: body.first }, (slab, at, textBytes) => {
    slab.writeUInt16BE(status, at);
    slab.writeUInt16BE(headers.length, at + 2);
    slab.writeUInt32BE(textBytes, at + 4);
    slab.writeUInt32BE(body.length, at + 8);
  });
}

export function readResponse({ buffer, start, end }: Frame): ResponseHead {
  if (end - start < responseFixedBytes) throw new ProtocolError('a response head is too short');
  const textStart = start + responseFixedBytes;
  const bodyStart = textStart + buffer.readUInt32BE(start + 4);
  if (bodyStart > end) throw new ProtocolError('a response head is longer than its frame');
  const headers = splitFields(buffer.toString('utf8', textStart, bodyStart), buffer.readUInt16BE(start + 2));
  if (headers.length % 2 !== 0) throw new ProtocolError('a response head lacks fields');
  return {
    status: buffer.readUInt16BE(start),
    headers,
    bodyLength: buffer.readUInt32BE(start + 8),
    bodyStart,
  };
}

function joinFields(fields: readonly string[]): string {
  const text = fields.join(separator);
  if (text.length * 3 > maxHeadBytes || fields.length > 0xffff) {
    throw new RangeError(
      `the head of a call has ${fields.length} fields and ${text.length} characters, which is too much`,
    );
  }
  return text;
}

function splitFields(text: string, count: number): string[] {
  const fields = count === 0 && text === '' ? [] : text.split(separator);
  if (fields.length !== count) throw new ProtocolError('a head has a field too many or too few');
  return fields;
}
