import type { ConsumeMessage, Options } from 'amqplib';
import { parseGoDuration } from '#core/duration.ts';

/** The largest expiration that RabbitMQ accepts. */
const maxExpirationMs = 4_294_967_295;
/** Properties are AMQP short strings. */
const maxBytes = 255;

/** A value of a request's metadata, by its case-insensitive name; undefined when empty. */
export function valueOf(metadata: Readonly<Record<string, string>>, name: string): string | undefined {
  const exact = metadata[name];
  if (exact) return exact;
  const lower = name.toLowerCase();
  for (const key in metadata) if (metadata[key] && key.toLowerCase() === lower) return metadata[key];
  return undefined;
}

/** A Go duration, or seconds above zero. Undefined when the metadata has none; throws when it is neither. */
export function ttlMsOf(metadata: Readonly<Record<string, string>>): number | undefined {
  const text = valueOf(metadata, 'ttl') ?? valueOf(metadata, 'ttlInSeconds');
  if (text === undefined) return undefined;
  const duration = text === '0' ? undefined : parseGoDuration(text);
  if (duration !== undefined) return Math.max(0, Math.min(Math.trunc(duration), maxExpirationMs));
  if (!/^[+-]?\d+$/.test(text)) throw new TypeError(`ttl value must be a valid integer: actual is '${text}'`);
  if (Number(text) <= 0) throw new TypeError(`ttl value must be higher than zero: actual is '${text}'`);
  return Math.min(Number(text) * 1000, maxExpirationMs);
}

/** Clamped to the range of a byte. */
export function priorityOf(metadata: Readonly<Record<string, string>>): number | undefined {
  const text = valueOf(metadata, 'priority');
  if (text === undefined) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw new TypeError(`priority value must be a valid integer: actual is '${text}'`);
  return Math.max(0, Math.min(Number(text), 255));
}

/** The message properties in a request's metadata. Throws for one that is too long for AMQP. */
export function namedProperties(metadata: Readonly<Record<string, string>>): Options.Publish {
  const named = (name: string): string | undefined => {
    const value = valueOf(metadata, name);
    if (value !== undefined && Buffer.byteLength(value) > maxBytes)
      throw new TypeError(`${name} is longer than ${maxBytes} bytes`);
    return value;
  };
  const [contentType, messageId] = [named('contentType'), named('messageID')];
  const [correlationId, type] = [named('correlationID'), named('type')];
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(messageId === undefined ? {} : { messageId }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(type === undefined ? {} : { type }),
  };
}

/** A message's properties as metadata, under upstream's names. */
export function metadataOf({ properties }: ConsumeMessage): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = {};
  const { messageId, correlationId, type, contentType, headers } = properties as unknown as Readonly<
    Record<string, unknown>
  >;
  for (const [name, value] of Object.entries({ messageId, correlationId, type, contentType }))
    if (typeof value === 'string' && value !== '') metadata[`metadata.${name.toLowerCase()}`] = value;
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === undefined || value === null) continue;
    metadata[`metadata.${name}`] = typeof value === 'string' ? value : textOfValue(value);
  }
  return metadata;
}

function textOfValue(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return JSON.stringify(value) ?? '';
}
