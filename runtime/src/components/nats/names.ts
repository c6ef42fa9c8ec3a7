import { createHash } from 'node:crypto';
import { topicUnusable } from '#blocks/pubsub/errors.ts';

/**
 * A server limits protocol lines to 4096 bytes and closes the connection after a longer one. A line can contain the subject
 * together with names of streams, consumers and inboxes.
 */
const maxSubjectBytes = 2000;

/**
 * The subject of a topic: the same text, as in upstream, so that both can share a stream. Spaces and control characters,
 * which a subject cannot contain, are percent-encoded.
 */
export function subjectOf(topic: string): string {
  // eslint-disable-next-line no-control-regex -- exactly these characters are replaced
  return topic.replace(/[\u0000- \u007f]/g, (character) => encodeURIComponent(character));
}

/** The inverse of `subjectOf`. */
export function topicOf(subject: string): string {
  return subject.replace(/%(?:[01][0-9A-F]|20|7F)/g, decodeURIComponent);
}

/** Throws `topicUnusable` for a topic that is empty or contains a wildcard. */
export function publishSubjectOf(topic: string): string {
  const subject = usableSubjectOf(topic);
  if (isWildcard(subject)) throw topicUnusable(topic, 'it contains a wildcard, which only subscriptions can');
  return subject;
}

/** A subject for a subscription; may contain the wildcards `*` and `>`. Throws `topicUnusable`. */
export function usableSubjectOf(topic: string): string {
  const subject = subjectOf(topic);
  if (Buffer.byteLength(subject) > maxSubjectBytes)
    throw topicUnusable(`${topic.slice(0, 60)}…`, `it is longer than the limit of ${maxSubjectBytes} bytes`);
  if (subject.startsWith('$') || subject.startsWith('_INBOX.'))
    throw topicUnusable(topic, 'this prefix is reserved for NATS');
  if (subject.split('.').includes('')) throw topicUnusable(topic, 'there must be a name before and after each dot');
  return subject;
}

export function isWildcard(subject: string): boolean {
  return subject.split('.').some((part) => part === '*' || part === '>');
}

/** A name for a stream or consumer, unique for its parts; readable if the parts are. */
export function resourceName(...parts: readonly string[]): string {
  const plain = parts.join('-');
  const safe = plain.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 80);
  if (safe === plain && parts.every((part, i) => i === 0 || !part.includes('-'))) return safe;
  return `${safe}-${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8)}`;
}
