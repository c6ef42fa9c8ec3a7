import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bulkBodyInvalid, bulkEventInvalid } from '#blocks/pubsub/errors.ts';
import type { BulkPublishEntry, PubSubBlock } from '#blocks/pubsub/pubsub.ts';
import { isCloudEventType, isJsonType, mediaType } from '#core/cloud-event.ts';
import { textOf } from '#core/errors.ts';
import { decodeGo } from '#core/go-decode.ts';
import { goJson } from '#core/go-json.ts';
import { any, listOf, struct, text, stringMap } from '#core/go-shape.ts';
import type { Decoded } from '#core/go-shape.ts';
import { bodyBytes, queryMetadata } from './body.ts';
import { callOf } from '../server/request-call.ts';

interface TopicPath {
  readonly pubsub: string;
  /** The topic: the rest of the path, slashes included. */
  readonly '*': string;
}

/**
 * `publish/{pubsub}/{topic}` and its bulk form. A pubsub named `bulk` cannot be used for single publishes, as upstream.
 */
export function publishRoutes(app: FastifyInstance, pubsub: PubSubBlock): void {
  const method = ['POST', 'PUT'];

  app.route<{ Params: TopicPath }>({
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

  const bulk = async (request: FastifyRequest<{ Params: TopicPath }>, reply: FastifyReply): Promise<FastifyReply> => {
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
    app.route<{ Params: TopicPath }>({ method, url: `/${version}/publish/bulk/:pubsub/*`, handler: bulk });
}

/** The same JSON in ASCII, so that it is also valid in a header. */
function asciiJson(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[^ -~]/g, escaped);
}

/** Without a topic it is not a publish: like every unknown path it may be an invocation. */
function notFound(reply: FastifyReply): FastifyReply {
  reply.callNotFound();
  return reply;
}

function entriesOf(request: FastifyRequest, pubsubName: string, topic: string): readonly BulkPublishEntry[] {
  let entries: Decoded<typeof entriesShape> | undefined;
  try {
    entries = decodeGo(entriesShape, bodyBytes(request));
  } catch (cause) {
    throw bulkBodyInvalid(pubsubName, topic, textOf(cause));
  }
  return (entries ?? []).map((entry) => entryOf(entry, pubsubName, topic));
}

const entryShape = struct('http.bulkPublishMessageEntry', {
  entryId: text,
  event: any,
  contentType: text,
  metadata: stringMap,
});
const entriesShape = listOf(entryShape);

function entryOf(entry: Decoded<typeof entryShape>, pubsubName: string, topic: string): BulkPublishEntry {
  const { entryId = '', contentType = '', metadata } = entry;
  let event: Uint8Array | undefined;
  try {
    event = eventBytes(entry.event ?? null, contentType);
  } catch (cause) {
    throw bulkBodyInvalid(pubsubName, topic, textOf(cause));
  }
  if (event === undefined) throw bulkEventInvalid(pubsubName, topic, 'mismatch between contentType and event');
  return { entryId, event, contentType, ...(metadata && { metadata }) };
}

/** Undefined when the event does not match its content type. */
function eventBytes(event: unknown, contentType: string): Uint8Array | undefined {
  // also for discarded values: a number out of range makes the whole body malformed
  const json = goJson(event);
  if (isJsonType(contentType) || isCloudEventType(contentType)) return Buffer.from(json);
  if (typeof event !== 'string') return undefined;
  const media = mediaType(contentType);
  if (media === 'application/octet-stream') return isBase64(event) ? Buffer.from(event, 'base64') : undefined;
  return media.startsWith('text/') || media === 'application/xml' ? Buffer.from(event) : undefined;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
