import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bulkBodyRefused, bulkEventRefused } from '#blocks/pubsub/errors.ts';
import type { BulkPublishEntry, PubSubBlock } from '#blocks/pubsub/pubsub.ts';
import { isJsonType, mediaType } from '#core/cloud-event.ts';
import { textOf } from '#core/errors.ts';
import { parseJson } from '#core/parse-json.ts';
import { bodyBytes, bodyText, queryMetadata } from './body.ts';
import { callOf } from './request-call.ts';
import { wireMembers } from './wire-members.ts';

interface Place {
  readonly pubsub: string;
  /** The topic: all that follows, slashes included. */
  readonly '*': string;
}

/** `publish/{pubsub}/{topic}` and its bulk form. A pubsub named `bulk` is out of reach for single publishes, as upstream. */
export function publishRoutes(app: FastifyInstance, pubsub: PubSubBlock): void {
  const method = ['POST', 'PUT'];

  app.route<{ Params: Place }>({
    method,
    url: '/v1.0/publish/:pubsub/*',
    async handler(request, reply) {
      const { pubsub: pubsubName, '*': topic } = request.params;
      if (topic === '') return notFound(reply);
      const dataContentType = request.headers['content-type'];
      const data = bodyBytes(request);
      const metadata = queryMetadata(request);
      await pubsub.publish(callOf(request), { pubsubName, topic, data, metadata, dataContentType });
      return reply.code(204).send();
    },
  });

  const bulk = async (request: FastifyRequest<{ Params: Place }>, reply: FastifyReply): Promise<FastifyReply> => {
    const { pubsub: pubsubName, '*': topic } = request.params;
    if (topic === '') return notFound(reply);
    const metadata = queryMetadata(request);
    const call = callOf(request);
    const entries = entriesOf(request, pubsubName, topic);
    const failed = await pubsub.publishBulk(call, { pubsubName, topic, entries, metadata });
    if (failed.length === 0) return reply.code(204).send();
    const errorCode = 'ERR_PUBSUB_PUBLISH_MESSAGE';
    const body = asciiJson({ failedEntries: failed, errorCode });
    return reply
      .code(500)
      .headers({ 'metadata.responsedata': body, 'metadata.error': errorCode })
      .type('application/json')
      .send(body);
  };
  for (const version of ['v1.0', 'v1.0-alpha1'])
    app.route<{ Params: Place }>({ method, url: `/${version}/publish/bulk/:pubsub/*`, handler: bulk });
}

/** The same JSON, so that it may also stand in a header. */
function asciiJson(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[^ -~]/g, escaped);
}

/** Without a topic it is no publish: like every unknown path it may be an invocation. */
function notFound(reply: FastifyReply): FastifyReply {
  reply.callNotFound();
  return reply;
}

function entriesOf(request: FastifyRequest, pubsubName: string, topic: string): readonly BulkPublishEntry[] {
  let body: unknown;
  try {
    body = parseJson(bodyText(request));
    if (!Array.isArray(body)) throw new TypeError(notEntries(body));
  } catch (cause) {
    throw bulkBodyRefused(pubsubName, topic, isCutShort(cause) ? 'unexpected EOF' : textOf(cause));
  }
  return (body as readonly unknown[]).map((entry) => entryOf(entry, pubsubName, topic));
}

/** The reference's words, by which its users know the mistake. */
function notEntries(body: unknown): string {
  const kind = typeof body === 'boolean' ? 'bool' : typeof body;
  return `json: cannot unmarshal ${kind} into Go value of type []http.bulkPublishMessageEntry`;
}

function isCutShort(cause: unknown): boolean {
  return cause instanceof SyntaxError && /^(Unterminated|Unexpected end)/.test(cause.message);
}

/** The JavaScript SDK sends `entryID`. */
const entryMembers = wireMembers('entryId', 'event', 'contentType', 'metadata');

function entryOf(value: unknown, pubsubName: string, topic: string): BulkPublishEntry {
  const entry = entryMembers(recordOf(value));
  const contentType = textIn(entry.contentType);
  const event = eventBytes(entry.event, contentType);
  if (event === undefined) throw bulkEventRefused(pubsubName, topic, 'mismatch between contentType and event');
  const metadata = Object.entries(recordOf(entry.metadata)).map(([name, text]) => [name, String(text)] as const);
  return {
    entryId: textIn(entry.entryId),
    event,
    contentType,
    ...(metadata.length > 0 ? { metadata: Object.fromEntries(metadata) } : {}),
  };
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Undefined when the event does not fit its content type. */
function eventBytes(event: unknown, contentType: string): Uint8Array | undefined {
  if (isJsonType(contentType)) return event === undefined ? undefined : Buffer.from(JSON.stringify(event));
  if (typeof event !== 'string') return undefined;
  const media = mediaType(contentType);
  if (media === 'application/octet-stream') return isBase64(event) ? Buffer.from(event, 'base64') : undefined;
  return media.startsWith('text/') || media === 'application/xml' ? Buffer.from(event) : undefined;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
