import type { IncomingMessage, OutgoingMessage } from '#blocks/pubsub/broker.ts';

/** An entry of a stream as the driver gives it: its id, and alternating names and values. Null fields: it was deleted. */
export type RawEntry = readonly [Buffer, readonly Buffer[] | null];

/** The stored fields of a message: upstream's two fields, and the content type. */
export function fieldsOf({ data, metadata, contentType }: OutgoingMessage): (string | Buffer)[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const fields = ['data', bytes, 'metadata', JSON.stringify(metadata)];
  return contentType === '' ? fields : [...fields, 'contentType', contentType];
}

export interface StreamEntry {
  readonly id: string;
  readonly data: Uint8Array;
  readonly contentType?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Undefined when the entry has been trimmed. */
export function readEntry([id, fields]: RawEntry): StreamEntry | undefined {
  if (fields === null) return undefined;
  let data: Uint8Array = Buffer.alloc(0);
  let metadata: Readonly<Record<string, string>> = {};
  let contentType: string | undefined;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const value = fields[at + 1] ?? Buffer.alloc(0);
    switch (String(fields[at])) {
      case 'data':
        data = value;
        break;
      case 'metadata':
        metadata = metadataOf(value);
        break;
      case 'contentType':
        contentType = value.toString('utf8');
    }
  }
  return { id: id.toString('latin1'), data, metadata, ...(contentType === undefined ? undefined : { contentType }) };
}

export function incomingOf(
  { data, contentType, metadata }: StreamEntry,
  topic: string,
  attempt: number,
): IncomingMessage {
  return { topic, data, metadata, attempt, ...(contentType === undefined ? undefined : { contentType }) };
}

/** Metadata of another producer that cannot be parsed is ignored, so that the message is not lost. */
function metadataOf(json: Buffer): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(json.toString('utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return {};
  }
}
