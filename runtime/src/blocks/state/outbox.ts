import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import { type Clock, sleep } from '#core/clock.ts';
import type { Loaded } from '#core/component.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { etagInvalid, etagMismatch, outboxPublishFailed } from './errors.ts';
import { markerOf, outboxEvent, withDestination } from './outbox-event.ts';
import { type StagedMarkers, stagedMarkers } from './outbox-markers.ts';
import type { SetOperation, StateStore } from './state-store.ts';

/** What the outbox needs from publishing and subscribing. */
export interface OutboxChannel {
  /** Resolves when the broker has stored the message on an internal topic of this app's sidecars. */
  send(call: Call, pubsubName: string, message: { topic: string; id: string; data: Uint8Array }): Promise<void>;
  /** Publishes a complete event as an app would. */
  publish(call: Call, pubsubName: string, event: { topic: string; data: Uint8Array }): Promise<void>;
  /**
   * Undefined when there is no such pub/sub component. `handle` resolves to false when the message must be delivered
   * again later.
   */
  receive(
    pubsubName: string,
    topic: string,
    handle: (data: Uint8Array) => Promise<boolean>,
  ): Promise<{ close(): Promise<void> } | undefined>;
}

/** An operation of a transaction as the state block has it. */
export interface OutboxOperation {
  readonly operationType: string;
  readonly request: {
    readonly key: string;
    readonly value: Uint8Array;
    readonly isJson?: boolean;
    readonly contentType?: string;
    readonly metadata?: Readonly<Record<string, string>>;
  };
}

export interface StagedOutbox<Operation> {
  /** The operations to be stored. */
  readonly operations: readonly Operation[];
  /** Part of the same transaction: a marker in the store proves that the transaction was committed. */
  readonly markers: readonly SetOperation[];
  /** Must be called with the outcome of the transaction. */
  ended(cause?: unknown): void;
}

/** Publishes what a transaction changed, if and only if it was committed. */
export interface Outbox {
  /** Undefined when the store has no outbox. Rejects when the broker does not accept the events. */
  stage<Operation extends OutboxOperation>(
    call: Call,
    store: Loaded<StateStore>,
    operations: readonly Operation[],
  ): Promise<StagedOutbox<Operation>> | undefined;
  /** Begins to relay. Failed subscriptions are retried until `close`. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface OutboxOptions {
  readonly appId: string;
  readonly namespace: string;
  readonly stores: ReadonlyMap<string, Loaded<StateStore>>;
  readonly channel: OutboxChannel;
  /** Creates a call of the sidecar. */
  readonly newCall: (signal: AbortSignal) => Call;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * How long the transaction of another process gets before its marker is checked, and the delays between further checks.
 */
const firstCheckMs = 1000;
const recheckDelaysMs = [500, 1500, 3000, 3000];
const retrySubscribeMs = 5000;

export function stateOutbox(options: OutboxOptions): Outbox {
  const { appId, namespace, stores, channel, clock, log } = options;
  const markers = stagedMarkers(clock);
  const closing = new AbortController();
  const subscriptions: { close(): Promise<void> }[] = [];

  const internalTopic = (config: OutboxConfig): string => `${namespace}${appId}${config.topic}outbox`;

  /** True when the marker is stored. Another process may still be executing the transaction. */
  const isCommitted = async (call: Call, store: Loaded<StateStore>, id: string): Promise<boolean> => {
    await sleep(clock, firstCheckMs, closing.signal);
    for (const delay of [...recheckDelaysMs, 0]) {
      if (await store.port.get(call, id)) return true;
      if (delay > 0) await sleep(clock, delay, closing.signal);
    }
    return false;
  };

  const relay = async (store: Loaded<StateStore>, config: OutboxConfig, data: Uint8Array): Promise<boolean> => {
    const call = options.newCall(closing.signal);
    const id = markerOf(data);
    const logFields = { store: store.name, topic: config.topic, id };
    if (id === undefined) {
      log.error(logFields, 'dropped a message that is not an outbox event from the internal outbox topic');
      return true;
    }
    const markerOutcome = await markers.outcome(id);
    if (markerOutcome === 'rejected' || markerOutcome === 'published') return true;
    if (markerOutcome !== 'committed' && !(await isCommitted(call, store, id))) {
      const [isHandled, advice] = config.discardsUnmarked
        ? [true, 'discarding message']
        : [false, 'rejecting for later processing'];
      log.error(logFields, `outbox state not found, ${advice}`);
      return isHandled;
    }
    const { topic, pubsubName } = config;
    await channel.publish(call, pubsubName, { topic, data: withDestination(data, { topic, pubsubName }) });
    markers.settle(id, 'published');
    await store.port.delete(call, { kind: 'delete', key: id });
    return true;
  };

  const subscribe = async (store: Loaded<StateStore>, config: OutboxConfig): Promise<void> => {
    const logFields = { store: store.name, pubsub: config.internalPubsub, topic: internalTopic(config) };
    try {
      const subscription = await channel.receive(config.internalPubsub, internalTopic(config), async (data) => {
        try {
          return await relay(store, config, data);
        } catch (cause) {
          if (!closing.signal.aborted)
            log.error({ ...logFields, error: textOf(cause) }, 'publishing an outbox event failed');
          return false;
        }
      });
      if (!subscription) log.warn(logFields, 'could not subscribe to internal outbox topic: outbox pubsub not loaded');
      else if (closing.signal.aborted) await subscription.close();
      else subscriptions.push(subscription);
    } catch (cause) {
      log.error({ ...logFields, error: textOf(cause) }, 'could not subscribe to internal outbox topic, will retry');
      const cancel = clock.after(retrySubscribeMs, () => void subscribe(store, config));
      closing.signal.addEventListener('abort', cancel, { once: true });
    }
  };

  return {
    stage(call, store, operations) {
      const config = outboxConfig(store.metadata);
      return config && stageOn(call, operations, { config, topic: internalTopic(config), markers, options });
    },
    async start() {
      await Promise.all(
        [...stores.values()].map(async (store) => {
          const config = outboxConfig(store.metadata);
          if (config) await subscribe(store, config);
        }),
      );
    },
    async close() {
      closing.abort(new Error('the sidecar stops'));
      await Promise.all(subscriptions.map((subscription) => subscription.close()));
    },
  };
}

/** Sends the events of a transaction to the internal topic, and returns what is to be stored with it. */
async function stageOn<Operation extends OutboxOperation>(
  call: Call,
  operations: readonly Operation[],
  { config, topic, markers, options }: StageContext,
): Promise<StagedOutbox<Operation>> {
  const { appId, channel, clock, random } = options;
  const projections = new Map<string, Operation>();
  const stored = operations.filter((operation) => {
    if (!isProjection(operation)) return true;
    projections.set(operation.request.key, operation);
    return false;
  });
  const written = stored.filter(({ operationType }) => operationType === 'upsert');
  const ids = written.map(() => `outbox-${random.uuid()}`);
  for (const id of ids) markers.open(id);
  try {
    await Promise.all(
      written.map(async (operation, at) => {
        const published = (projections.get(operation.request.key) ?? operation).request;
        const id = ids[at] ?? '';
        const data = outboxEvent({
          id,
          appId,
          pubsubName: config.pubsubName,
          topic: config.topic,
          value: published.value,
          isJson: published.isJson ?? false,
          contentType: published.contentType || published.metadata?.['contentType'] || '',
          metadata: operation.request.metadata ?? {},
          trace: call.trace,
          now: clock.now(),
        });
        await channel.send(call, config.internalPubsub, { topic, id, data });
      }),
    );
  } catch (cause) {
    // the messages that the broker did store belong to a transaction that will not be executed
    for (const id of ids) markers.settle(id, 'rejected');
    throw withCause(outboxPublishFailed(appId, textOf(cause)), cause);
  }
  return {
    operations: stored,
    markers: ids.map((key) => ({ kind: 'set', key, value: markerValue, isJson: true })),
    ended(cause) {
      const outcome = cause === undefined ? 'committed' : isRejection(cause) ? 'rejected' : 'unknown';
      for (const id of ids) markers.settle(id, outcome);
    },
  };
}

interface StageContext {
  readonly config: OutboxConfig;
  /** The internal topic. */
  readonly topic: string;
  readonly markers: StagedMarkers;
  readonly options: OutboxOptions;
}

interface OutboxConfig {
  readonly pubsubName: string;
  readonly topic: string;
  /** The component that carries events between the transaction and its relay. */
  readonly internalPubsub: string;
  readonly discardsUnmarked: boolean;
}

function outboxConfig(metadata: Readonly<Record<string, string>>): OutboxConfig | undefined {
  const pubsubName = metadata['outboxpublishpubsub'];
  const topic = metadata['outboxpublishtopic'];
  if (!pubsubName || !topic) return undefined;
  return {
    pubsubName,
    topic,
    internalPubsub: metadata['outboxpubsub'] || pubsubName,
    discardsUnmarked: isTruthy(metadata['outboxdiscardwhenmissingstate']),
  };
}

const markerValue = Buffer.from('"0"');

function isProjection({ operationType, request }: OutboxOperation): boolean {
  return operationType === 'upsert' && isTruthy(request.metadata?.['outbox.projection']);
}

function isTruthy(text: string | undefined): boolean {
  return text !== undefined && /^(y|yes|true|t|on|1)$/i.test(text);
}

const rejectionCodes: ReadonlySet<string> = new Set([etagMismatch().kind.code, etagInvalid('').kind.code]);

/** The store rejected the write, so nothing was stored; other failures are undecided. */
function isRejection(cause: unknown): boolean {
  return cause instanceof RuntimeError && rejectionCodes.has(cause.kind.code);
}
