import type { Activity, Recorder } from '#core/activity.ts';
import { seededRandom } from '#core/random.ts';
import type { Call } from '#core/call.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { newCalls } from '#core/new-call.ts';
import type { Broker, BrokerFeature, MessageHandler, OutgoingMessage, SubscribeRequest } from './broker.ts';
import type { DeliveryOutcome } from './delivery-outcome.ts';

export const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

export type Recorded = Pick<Activity, 'kind' | 'name' | 'outcome' | 'attributes' | 'traceId'> & {
  readonly parent: string;
};

/** Test fixture of the block: a broker that records, a recorder that collects activities, a fake clock. */
export function pubsubFixture(
  metadata: Readonly<Record<string, string>> = {},
  features: readonly BrokerFeature[] = [],
) {
  const clock = fakeClock();
  const published: OutgoingMessage[] = [];
  const subscribed: { request: SubscribeRequest; handler: MessageHandler; isClosed: boolean }[] = [];
  const faults = { publish: undefined as Error | undefined, subscribe: [] as Error[] };
  const port: Broker = {
    features,
    publish(_call, message) {
      if (faults.publish) return Promise.reject(faults.publish);
      published.push(message);
      return Promise.resolve();
    },
    subscribe(request, handler) {
      const fault = faults.subscribe.shift();
      if (fault) return Promise.reject(fault);
      const entry = { request, handler, isClosed: false };
      subscribed.push(entry);
      return Promise.resolve({
        close() {
          entry.isClosed = true;
          return Promise.resolve();
        },
      });
    },
    close: () => Promise.resolve(),
  };
  const activities: Recorded[] = [];
  const random = seededRandom();
  const options = {
    appId: 'shop',
    namespace: 'east',
    brokers: new Map([['pubsub', { name: 'pubsub', type: 'pubsub.test', version: 'v1', metadata, port }]]),
    recorder: collectingRecorder(activities),
    newCall: newCalls(random, 1),
    clock,
    random,
    log: silentLog,
  };
  return {
    ...options,
    options,
    published,
    subscribed,
    faults,
    activities,
    events: () =>
      published.map(({ data }) => JSON.parse(Buffer.from(data).toString('utf8')) as Record<string, unknown>),
    /** Delivers a message to the subscription of this index. */
    receive: (data: string, more: Partial<Parameters<MessageHandler>[0]> = {}, index = 0): Promise<DeliveryOutcome> => {
      const entry = subscribed[index];
      if (entry === undefined) throw new Error('nobody has subscribed');
      return entry.handler({ topic: entry.request.topic, data: Buffer.from(data), metadata: {}, ...more });
    },
  };
}

function collectingRecorder(activities: Recorded[]): Recorder {
  let serial = 0;
  return {
    async record(parent, { kind, name, attributes }, work) {
      const spanId = (++serial).toString(16).padStart(16, '0');
      const recordedAttributes: Record<string, string | number | boolean> = { ...attributes };
      let outcome: Activity['outcome'] = 'ok';
      try {
        return await work(
          { ...parent, trace: { ...parent.trace, spanId } },
          {
            set: (attribute, value) => void Object.assign(recordedAttributes, { [attribute]: value }),
            input() {},
            output() {},
            failed: () => (outcome = 'error'),
          },
        );
      } catch (cause) {
        outcome = 'error';
        throw cause;
      } finally {
        const { traceId, spanId: parentSpan } = parent.trace;
        activities.push({ kind, name, outcome, attributes: recordedAttributes, traceId, parent: parentSpan });
      }
    },
  };
}
