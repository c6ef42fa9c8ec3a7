import { createHash } from 'node:crypto';
import { topicUnusable } from '#blocks/pubsub/errors.ts';

/**
 * A server takes lines of 4096 bytes and hangs up on longer ones, whatever else the connection carries. A line may hold the
 * subject beside names of streams, consumers and inboxes.
 */
const maxSubjectBytes = 2000;

/**
 * The subject of a topic: the same text, as upstream has it, so that both can share a stream. Spaces and control
 * characters, which a subject cannot hold, are percent-encoded.
 */
export function subjectOf(topic: string): string {
  // eslint-disable-next-line no-control-regex -- these are the very characters that are meant
  return topic.replace(/[\u0000- \u007f]/g, (character) => encodeURIComponent(character));
}

/** The other way round. */
export function topicOf(subject: string): string {
  return subject.replace(/%(?:[01][0-9A-F]|20|7F)/g, decodeURIComponent);
}

/** Throws `topicUnusable` for what would be published to nowhere or to many places. */
export function publishSubjectOf(topic: string): string {
  const subject = usableSubjectOf(topic);
  if (isWildcard(subject)) throw topicUnusable(topic, 'it holds a wildcard, which only subscriptions may');
  return subject;
}

/** A subject to listen on; may hold the wildcards `*` and `>`. Throws `topicUnusable`. */
export function usableSubjectOf(topic: string): string {
  const subject = subjectOf(topic);
  if (Buffer.byteLength(subject) > maxSubjectBytes)
    throw topicUnusable(`${topic.slice(0, 60)}…`, `it is longer than the ${maxSubjectBytes} bytes that NATS can take`);
  if (subject.startsWith('$') || subject.startsWith('_INBOX.'))
    throw topicUnusable(topic, 'names that begin so belong to NATS itself');
  if (subject.split('.').includes('')) throw topicUnusable(topic, 'there must be a name before and after each dot');
  return subject;
}

export function isWildcard(subject: string): boolean {
  return subject.split('.').some((part) => part === '*' || part === '>');
}

/** A name for a stream or consumer. Equal for equal parts only; readable where the parts are. */
export function resourceName(...parts: readonly string[]): string {
  const plain = parts.join('-');
  const safe = plain.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 80);
  if (safe === plain && parts.every((part, i) => i === 0 || !part.includes('-'))) return safe;
  return `${safe}-${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8)}`;
}
