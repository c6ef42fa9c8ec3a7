import type { ActivityAttributes } from '#core/activity-attributes.ts';
import { cloudEventContentType } from '#core/cloud-event.ts';
import { textOf } from '#core/errors.ts';
import { noNotes } from '#core/policy.ts';
import type { PolicyOperation } from '#core/policy.ts';
import type { ReceivedEvent } from '#core/received-event.ts';
import { attemptCounts } from './attempt-count.ts';
import type { DeliveryOutcome, DeliveryResult } from './delivery-outcome.ts';
import type { AttemptCount } from './attempt-count.ts';
import type { IncomingMessage, MessageHandler } from './broker.ts';
import { routedEvent } from './event-handler.ts';
import type { EventHandlerOptions } from './event-handler.ts';
import type { BulkEntry } from './event-sink.ts';
import { messageBatches } from './message-batches.ts';
import type { BatchLimits } from './message-batches.ts';
import { callForEvent, staysWithBroker, deadLetterHandler } from './dead-letter-handler.ts';

export interface BulkHandlerOptions extends EventHandlerOptions {
  readonly limits: BatchLimits;
  /** Aborts when batches must not wait any more: pending messages are delivered at once. */
  readonly ending: AbortSignal;
}

/** Failure of a whole request. */
interface Failure {
  readonly cause: unknown;
}

/** An entry in delivery, and its result so far. */
interface Item {
  readonly message: IncomingMessage;
  readonly event: ReceivedEvent;
  readonly entry: BulkEntry;
  readonly count: AttemptCount;
  result: DeliveryResult | undefined;
}

/**
 * Collects messages and delivers those of one route in one request. Each entry has its own outcome, and only rejected
 * ones are retried.
 */
export function bulkHandler(options: BulkHandlerOptions): MessageHandler {
  const { target, app, recorder, random, signal, policy } = options;
  const toDeadLetter = deadLetterHandler(options);
  const countOf = attemptCounts();

  /** Sets the result of each item that the app has named. Rejects when a whole request failed. */
  const deliver = async (items: readonly Item[], path: string): Promise<void> => {
    const [first] = items;
    const topic = target.ofBroker(first?.message.topic ?? '');
    const attempt: PolicyOperation<void> = async (outer, _attempt, notes) => {
      const open = items.filter(isOpen);
      const attributes: ActivityAttributes['deliver'] = {
        pubsub: target.name,
        topic,
        route: path,
        entries: open.length,
      };
      await recorder.record(outer, { kind: 'deliver', name: topic, attributes }, async (call, scope) => {
        const entries = open.map(({ entry, count }) => (count.next(), entry));
        const bulk = { id: random.uuid(), pubsubName: target.name, topic, path, entries };
        const results = await app.deliverBulk(call, bulk);
        // the response of an attempt that timed out is ignored: another attempt is running
        call.signal.throwIfAborted();
        for (const [i, item] of open.entries()) item.result = results[i] ?? missingResult;
        const rejected = open.filter(isOpen);
        scope.set('outcome', rejected.length === 0 ? 'success' : 'retry');
        for (const outcome of ['success', 'drop', 'retry'] as const)
          scope.set(outcome, open.filter(({ result }) => result?.outcome === outcome).length);
        if (rejected.length === 0) return;
        scope.failed('DELIVERY_RETRY', `${rejected.length} of ${open.length} entries were not accepted`);
        const [{ result } = { result: undefined }] = rejected;
        notes.failed(result?.outcome === 'retry' ? result.status : undefined);
      });
    };
    const call = callForEvent(first?.event, options);
    await (policy ? policy(call, `${target.name}/${topic}`, attempt) : attempt(call, 1, noNotes));
  };

  const deliverAndSettle = async (items: readonly Item[], path: string): Promise<readonly DeliveryOutcome[]> => {
    let failure: Failure | undefined;
    try {
      await deliver(items, path);
    } catch (cause) {
      failure = { cause };
    }
    return Promise.all(
      items.map(async (item) => {
        const outcome = await outcomeFor(item, failure);
        if (outcome === 'retry' && !item.message.isLastAttempt) item.count.suspend();
        else item.count.end();
        return outcome;
      }),
    );
  };

  const outcomeFor = async ({ message, event, result, count }: Item, failure?: Failure): Promise<DeliveryOutcome> => {
    if (result?.outcome === 'success') return 'success';
    const attempts = count.total;
    if (result?.outcome === 'drop')
      return toDeadLetter({ message, event, reason: result.reason, outcomeWithoutTopic: 'drop', attempts });
    if (failure && staysWithBroker(failure.cause, message, signal)) return 'retry';
    const reason = failure ? textOf(failure.cause) : (result ?? missingResult).reason;
    return toDeadLetter({ message, event, reason, outcomeWithoutTopic: 'retry', attempts });
  };

  const handle = async (messages: readonly IncomingMessage[]): Promise<readonly DeliveryOutcome[]> => {
    const byPath = new Map<string, { readonly items: Item[]; readonly indexes: number[] }>();
    const outcomes = messages.map((message, index): Promise<DeliveryOutcome> => {
      const routed = routedEvent(message, options);
      if ('reason' in routed) return toDeadLetter(routed);
      const group = byPath.get(routed.path) ?? { items: [], indexes: [] };
      byPath.set(routed.path, group);
      group.items.push(itemOf(message, routed.event, countOf(message, routed.event), options));
      group.indexes.push(index);
      return retryOutcome;
    });
    for (const [path, { items, indexes }] of byPath) {
      const concluded = deliverAndSettle(items, path);
      for (const [i, index] of indexes.entries()) outcomes[index] = concluded.then((all) => all[i] ?? 'retry');
    }
    return Promise.all(outcomes);
  };

  return messageBatches(handle, { ...options.limits, clock: options.clock, ending: options.ending });
}

const retryOutcome: Promise<DeliveryOutcome> = Promise.resolve('retry');
const missingResult = { outcome: 'retry', reason: 'the app did not name the entry in its response' } as const;

function itemOf(
  message: IncomingMessage,
  event: ReceivedEvent,
  count: AttemptCount,
  { random, isRaw }: Pick<BulkHandlerOptions, 'random' | 'isRaw'>,
): Item {
  const { metadata, contentType } = message;
  const entry = {
    entryId: random.uuid(),
    data: isRaw ? message.data : event.data,
    isRaw,
    attributes: event.attributes,
    contentType: contentType || (isRaw ? 'application/octet-stream' : cloudEventContentType),
    metadata,
  };
  return { message, event, entry, count, result: undefined };
}

function isOpen({ result }: Item): boolean {
  return result === undefined || result.outcome === 'retry';
}
