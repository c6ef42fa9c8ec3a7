import type { ActivityAttributes } from '#core/activity-attributes.ts';
import type { ActivityStart, Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import { buildEvent, cloudEventContentType } from '#core/cloud-event.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { formatTraceparent } from '#core/trace.ts';
import type { OutgoingMessage } from './broker.ts';
import * as errors from './errors.ts';
import { flagOf, ttlMsOf } from './message-metadata.ts';
import { targetsOf } from './targets.ts';
import type { Target, TargetOptions } from './targets.ts';

export interface PublishRequest {
  readonly pubsubName: string;
  readonly topic: string;
  readonly data: Uint8Array;
  readonly dataContentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface BulkPublishRequest {
  readonly pubsubName: string;
  readonly topic: string;
  readonly entries: readonly BulkPublishEntry[];
  /** Applies only to entries that have metadata themselves, as upstream. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface BulkPublishEntry {
  readonly entryId: string;
  readonly event: Uint8Array;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface FailedEntry {
  readonly entryId: string;
  readonly error: string;
}

/** Publishing, for the HTTP and gRPC APIs and for the actors' outbox. */
export interface PubSubBlock {
  /** Resolves when the broker has stored the event. */
  publish(call: Call, request: PublishRequest): Promise<void>;
  /** Returns the entries that were not stored. Rejects when the request as a whole is rejected. */
  publishBulk(call: Call, request: BulkPublishRequest): Promise<readonly FailedEntry[]>;
  /** Builds the complete message without sending it. The event belongs to the span of `call`. Throws like `publish`. */
  prepare(call: Call, request: PublishRequest): OutgoingMessage;
  /** Sends a prepared message; sending it twice is harmless on brokers that drop a second message with the same id. */
  relay(call: Call, pubsubName: string, message: OutgoingMessage): Promise<void>;
}

export interface PubSubOptions extends TargetOptions {
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export function pubsubBlock(options: PubSubOptions): PubSubBlock {
  const { appId, recorder } = options;
  const targetNamed = targetsOf(options);

  const open = (pubsubName: string, topic: string): Target => {
    if (pubsubName === '') throw errors.pubsubNameEmpty();
    const target = targetNamed(pubsubName);
    if (target === undefined) throw errors.pubsubNotFound(pubsubName);
    if (topic === '') throw errors.topicEmpty(pubsubName);
    if (!target.scopes.mayPublish(topic)) throw errors.publishForbidden(pubsubName, topic, appId);
    return target;
  };

  const send = async (call: Call, target: Target, message: OutgoingMessage): Promise<void> => {
    try {
      await target.broker.publish(call, message);
    } catch (cause) {
      if (cause instanceof RuntimeError) throw cause;
      throw withCause(errors.publishFailed(target.name, target.ofBroker(message.topic), textOf(cause)), cause);
    }
  };

  const publishTo = (
    call: Call,
    target: Target,
    request: PublishRequest & { readonly isBulk?: boolean },
  ): Promise<void> => {
    return recorder.record(call, publishing(target.name, request.topic, request.data), (inner, scope) => {
      if (request.isBulk) scope.set('bulk', true);
      const { type, ...message } = buildMessage(inner, target, request, options);
      scope.set('id', message.id);
      if (type !== undefined) scope.set('type', type);
      return send(inner, target, message);
    });
  };

  return {
    async publish(call, request) {
      await publishTo(call, open(request.pubsubName, request.topic), request);
    },

    async publishBulk(call, { pubsubName, topic, entries, metadata }) {
      const target = open(pubsubName, topic);
      const ids = new Set(entries.map((entry) => entry.entryId));
      if (ids.size < entries.length || ids.has('')) throw errors.bulkEntriesInvalid(pubsubName, topic, appId);
      const attributes: ActivityAttributes['publish.bulk'] = { pubsub: pubsubName, entries: entries.length };
      return await recorder.record(call, { kind: 'publish.bulk', name: topic, attributes }, async (inner, scope) => {
        const outcomes = await Promise.allSettled(
          entries.map(async (entry) => {
            const entryMetadata = entry.metadata && Object.keys(entry.metadata).length > 0 ? entry.metadata : undefined;
            const request = { pubsubName, topic, data: entry.event, dataContentType: entry.contentType, isBulk: true };
            await publishTo(inner, target, {
              ...request,
              metadata: entryMetadata && { ...metadata, ...entryMetadata },
            });
          }),
        );
        const failed = outcomes.flatMap((outcome, i) => {
          const entryId = entries[i]?.entryId;
          return outcome.status === 'rejected' && entryId ? { entryId, error: textOf(outcome.reason) } : [];
        });
        scope.set('stored', entries.length - failed.length);
        if (failed.length > 0) scope.failed('ERR_PUBSUB_PUBLISH_MESSAGE', `${failed.length} entries were not stored`);
        return failed;
      });
    },

    prepare(call, request) {
      const { type: _, ...message } = buildMessage(call, open(request.pubsubName, request.topic), request, options);
      return message;
    },

    async relay(call, pubsubName, message) {
      const target = targetNamed(pubsubName);
      if (target === undefined) throw errors.pubsubNotFound(pubsubName);
      const start = publishing(pubsubName, target.ofBroker(message.topic), message.data);
      await recorder.record(call, start, (inner, scope) => {
        scope.set('id', message.id);
        return send(inner, target, message);
      });
    },
  };
}

function publishing(pubsub: string, topic: string, input: Uint8Array): ActivityStart<'publish'> {
  return { kind: 'publish', name: topic, attributes: { pubsub }, input };
}

/** The complete message of a request, and the type of its event. */
function buildMessage(
  call: Call,
  target: Target,
  request: PublishRequest,
  { appId, clock, random }: Pick<PubSubOptions, 'appId' | 'clock' | 'random'>,
): OutgoingMessage & { readonly type?: string } {
  const { pubsubName, topic, data, dataContentType } = request;
  const metadata = withBaggage(call, request.metadata);
  if (flagOf(pubsubName, metadata, 'rawPayload'))
    return {
      id: random.uuid(),
      topic: target.onBroker(topic),
      data,
      contentType: dataContentType ?? '',
      metadata: { ...metadata, traceparent: formatTraceparent(call.trace) },
    };
  const ttlMs = target.broker.features.includes('MESSAGE_TTL') ? undefined : ttlMsOf(metadata);
  const now = clock.now();
  const expiresAt = ttlMs === undefined ? undefined : now + ttlMs;
  const { trace } = call;
  try {
    const draft = { pubsubName, topic, source: appId, data, metadata, trace, now, random };
    const { id, type, data: envelope } = buildEvent({ ...draft, dataContentType, expiresAt });
    const message = { id, topic: target.onBroker(topic), data: envelope, contentType: cloudEventContentType };
    return { ...message, metadata, type };
  } catch (cause) {
    throw withCause(errors.cloudEventInvalid(pubsubName, appId, textOf(cause)), cause);
  }
}

/** The metadata of a message: the caller's, and its baggage. */
function withBaggage(
  call: Call,
  requestMetadata: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return call.baggage === undefined ? requestMetadata : { ...requestMetadata, baggage: call.baggage };
}
