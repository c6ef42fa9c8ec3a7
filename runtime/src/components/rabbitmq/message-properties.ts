import type { ConsumeMessage, Options } from 'amqplib';
import { parseGoDuration } from '#core/duration.ts';

/** RabbitMQ takes no expiration beyond this. */
const maxExpirationMs = 4_294_967_295;
/** Properties are short strings of AMQP. */
const maxBytes = 255;

/** Values of a request, found by their names without regard to case; undefined when empty. */
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

/** What is beyond the numbers of a byte counts as the nearest of them. */
export function priorityOf(metadata: Readonly<Record<string, string>>): number | undefined {
  const text = valueOf(metadata, 'priority');
  if (text === undefined) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw new TypeError(`priority value must be a valid integer: actual is '${text}'`);
  return Math.max(0, Math.min(Number(text), 255));
}

/** The properties that a request's metadata may name. Throws for one that is longer than AMQP can carry. */
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

/** A message's properties as metadata, under the names that upstream gives them. */
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
