import type { ConsumerInfo } from '@nats-io/jetstream';
import type { ComponentContext } from '#core/component.ts';

export interface ConsumerWatchOptions {
  readonly context: Pick<ComponentContext, 'name' | 'clock' | 'log' | 'onConsumer'>;
  readonly topic: string;
  /** Reads the consumer's status from the server. */
  readonly read: () => Promise<ConsumerInfo>;
  /** The number of messages acknowledged in this process so far. */
  readonly acknowledged: () => number;
}

const intervalMs = 15_000;
const stalledAfterMs = 60_000;

/** The status at the last acknowledgement. */
interface Progress {
  readonly at: number;
  readonly floor: number;
  readonly acknowledged: number;
}

/**
 * Reports the progress of a consumer every 15 s, and logs one error when nothing has been acknowledged for a minute although
 * messages are pending. Does nothing without `onConsumer`. Returns a function that stops it.
 */
export function watchConsumer({ context, topic, read, acknowledged }: ConsumerWatchOptions): () => void {
  const { name: component, clock, log, onConsumer } = context;
  if (!onConsumer) return () => {};
  let isOver = false;
  let last: Progress | undefined;
  let isStalled = false;
  let openBefore = 0;

  const checkProgress = (pending: number, ackPending: number, floor: number): void => {
    const now = clock.monotonic();
    const open = pending + ackPending;
    const seen = { at: now, floor, acknowledged: acknowledged() };
    const moved =
      last === undefined ||
      open === 0 ||
      open < openBefore ||
      floor !== last.floor ||
      seen.acknowledged !== last.acknowledged;
    openBefore = open;
    if (last === undefined || moved) {
      if (isStalled) log.info({ component, topic }, 'consumer acknowledges messages again');
      isStalled = false;
      last = seen;
      return;
    }
    const forMs = now - last.at;
    if (isStalled || forMs < stalledAfterMs) return;
    isStalled = true;
    log.error(
      { event: 'consumer-stalled', component, topic, pending, ackPending, seconds: Math.round(forMs / 1000) },
      'consumer has messages and acknowledges none',
    );
  };

  const poll = async (): Promise<void> => {
    try {
      const info = await read();
      if (isOver) return;
      const {
        num_pending: pending,
        num_ack_pending: ackPending,
        num_redelivered: redelivered,
        ack_floor: floor,
      } = info;
      onConsumer({ component, topic, pending, ackPending, redelivered });
      checkProgress(pending, ackPending, floor.consumer_seq);
    } catch {
      // the subscription logs when its server or its consumer cannot be reached
    }
    if (!isOver) cancel = clock.after(intervalMs, () => void poll());
  };
  let cancel = clock.after(intervalMs, () => void poll());

  return () => {
    isOver = true;
    cancel();
    onConsumer({ component, topic });
  };
}
