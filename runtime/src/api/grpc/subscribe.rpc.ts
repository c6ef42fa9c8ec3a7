import { type DeliveryResult, deliveryResultOf } from '#blocks/pubsub/delivery-outcome.ts';
import type { EventSink } from '#blocks/pubsub/event-sink.ts';
import type { StreamedSubscriptions } from '#blocks/pubsub/streamed-subscriptions.ts';
import { defineError } from '#core/errors.ts';
import { topicEvent } from '#core/grpc-event.ts';
import { TopicEventResponse_TopicEventResponseStatus as Status } from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import type { DaprRpcs } from './server.ts';

const notInitial = defineError(
  { code: 'ERR_SUBSCRIBE_STREAM', http: 400, grpc: 'InvalidArgument' },
  () => 'initial request is required as the first message of a subscription',
);

const initialRequestRepeated = defineError(
  { code: 'ERR_SUBSCRIBE_STREAM', http: 400, grpc: 'Unknown' },
  () => 'duplicate initial request received',
);

/** The reference's words; clients open the subscription again for this status, not for a stream that ends well. */
const sendSideClosed = defineError({ code: 'ERR_SUBSCRIBE_STREAM', http: 400, grpc: 'Unknown' }, () => 'EOF');

const nameMissing = defineError(
  { code: 'ERR_SUBSCRIBE_STREAM', http: 400, grpc: 'InvalidArgument' },
  (name: string) => `${name} is required`,
);

/**
 * Events over a stream that the app opens: each is acknowledged by its id, in any order. The app unsubscribes by
 * closing it.
 */
export function subscribeRpcs(streams: StreamedSubscriptions) {
  return {
    async *subscribeTopicEventsAlpha1(call, requests) {
      const source = requests[Symbol.asyncIterator]();
      const first = await source.next();
      const request = first.done === true ? undefined : first.value.subscribeTopicEventsRequestType;
      if (request?.case !== 'initialRequest') throw notInitial();
      if (request.value.pubsubName === '') throw nameMissing('pubsubName');
      if (request.value.topic === '') throw nameMissing('topic');
      const { pubsubName: pubsubname, topic, metadata, deadLetterTopic } = request.value;
      const declaration = { pubsubname, topic, metadata, rules: [], defaultRoute: '/' };
      const events = eventQueue();
      const end = (): void => events.close();
      call.signal.addEventListener('abort', end, { once: true });
      if (call.signal.aborted) end();
      const subscription = await streams.open(
        { ...declaration, ...(deadLetterTopic ? { deadLetterTopic } : {}) },
        events,
      );
      let protocolError: Error | undefined;
      void (async () => {
        for (let next = await source.next(); next.done !== true; next = await source.next()) {
          const message = next.value.subscribeTopicEventsRequestType;
          if (message.case === 'eventProcessed')
            events.acknowledge(message.value.id, message.value.status?.status ?? Status.SUCCESS);
          else if (message.case === 'initialRequest') {
            protocolError = initialRequestRepeated();
            return;
          }
        }
        if (!call.signal.aborted) protocolError = sendSideClosed();
      })()
        // a broken stream is reported by its writer
        .catch(() => {})
        .finally(end);
      try {
        yield { subscribeTopicEventsResponseType: { case: 'initialResponse', value: {} } } as const;
        for await (const event of events.all())
          yield { subscribeTopicEventsResponseType: { case: 'eventMessage', value: event } } as const;
        if (protocolError) throw protocolError;
      } finally {
        end();
        await subscription.close();
      }
    },
  } satisfies DaprRpcs;
}

type Settle = (message: DeliveryResult | Promise<never>) => void;

/** The event was not acknowledged and stays with the broker. */
const streamClosed = defineError(
  { code: 'ERR_SUBSCRIBE_STREAM', http: 503, grpc: 'Unavailable' },
  () => 'the app closed its stream before it responded',
);

/** Queued events, and those that wait for their acknowledgement. */
function eventQueue() {
  const unacknowledged = new Map<string, Settle[]>();
  const queue: ReturnType<typeof topicEvent>[] = [];
  let isClosed = false;
  let wake = (): void => {};
  const sink: EventSink = {
    deliver(_call, event) {
      if (isClosed) return Promise.reject(streamClosed());
      const message = topicEvent(event);
      queue.push(message);
      wake();
      return new Promise((settle) =>
        unacknowledged.set(message.id, [...(unacknowledged.get(message.id) ?? []), settle]),
      );
    },
    deliverBulk: (call, { entries, ...bulk }) =>
      Promise.all(entries.map((entry) => sink.deliver(call, { ...bulk, ...entry }))),
  };
  return {
    ...sink,
    acknowledge(id: string, status: number): void {
      const [settle, ...others] = unacknowledged.get(id) ?? [];
      if (others.length > 0) unacknowledged.set(id, others);
      else unacknowledged.delete(id);
      settle?.(deliveryResultOf(status));
    },
    async *all() {
      while (!isClosed) {
        const next = queue.shift();
        if (next) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    close(): void {
      isClosed = true;
      wake();
      for (const settles of unacknowledged.values())
        for (const settle of settles) settle(Promise.reject(streamClosed()));
      unacknowledged.clear();
    },
  };
}
