import { cloudEventContentType } from '#core/cloud-event.ts';
import { textOf } from '#core/errors.ts';
import { noNotes } from '#core/policy.ts';
import type { PolicyOperation } from '#core/policy.ts';
import type { ReceivedEvent } from '#core/received-event.ts';
import { attemptCounts } from './attempt-count.ts';
import type { AttemptCount } from './attempt-count.ts';
import type { IncomingMessage, MessageHandler, Verdict } from './broker.ts';
import { routedEvent } from './event-handler.ts';
import type { EventHandlerOptions } from './event-handler.ts';
import type { BulkEntry, EventAnswer } from './event-sink.ts';
import { messageBatches } from './message-batches.ts';
import type { BatchLimits } from './message-batches.ts';
import { callOf, staysWithBroker, undeliveredBox } from './undelivered.ts';

export interface BulkHandlerOptions extends EventHandlerOptions {
  readonly limits: BatchLimits;
  /** Aborts when nothing more is to be waited for: what is there goes out at once. */
  readonly ending: AbortSignal;
}

/** Of a whole request. */
interface Failure {
  readonly cause: unknown;
}

/** An entry on its way, and what has become of it so far. */
interface Item {
  readonly message: IncomingMessage;
  readonly event: ReceivedEvent;
  readonly entry: BulkEntry;
  readonly count: AttemptCount;
  answer: EventAnswer | undefined;
}

/**
 * Gathers messages and delivers those of one route in one request. Each entry has its own verdict, and only those that
 * the app did not take are tried again.
 */
export function bulkHandler(options: BulkHandlerOptions): MessageHandler {
  const { target, app, recorder, chance, signal, policy, isRaw } = options;
  const giveUp = undeliveredBox(options);
  const countOf = attemptCounts();

  /** Leaves an answer in each item that the app has spoken about. Rejects when a whole request failed. */
  const deliver = async (items: readonly Item[], path: string): Promise<void> => {
    const [first] = items;
    const topic = target.ofBroker(first?.message.topic ?? '');
    const attempt: PolicyOperation<void> = async (outer, _attempt, notes) => {
      const open = items.filter(isOpen);
      const attributes = { pubsub: target.name, topic, route: path, entries: open.length };
      await recorder.record(outer, { kind: 'deliver', name: topic, attributes }, async (call, scope) => {
        const entries = open.map(({ entry, count }) => (count.next(), entry));
        const bulk = { id: chance.uuid(), pubsubName: target.name, topic, path, entries };
        const answers = await app.deliverBulk(call, bulk);
        // the answer of an attempt whose time was over says nothing: another one is on its way
        call.signal.throwIfAborted();
        for (const [i, item] of open.entries()) item.answer = answers[i] ?? unanswered;
        const refused = open.filter(isOpen);
        scope.set('verdict', refused.length === 0 ? 'success' : 'retry');
        for (const verdict of ['success', 'drop', 'retry'] as const)
          scope.set(verdict, open.filter(({ answer }) => answer?.verdict === verdict).length);
        if (refused.length === 0) return;
        scope.failed('DELIVERY_RETRY', `${refused.length} of ${open.length} entries were not taken`);
        const [{ answer } = { answer: undefined }] = refused;
        notes.failed(answer?.verdict === 'retry' ? answer.status : undefined);
      });
    };
    const call = callOf(first?.event, options);
    await (policy ? policy(call, `${target.name}/${topic}`, attempt) : attempt(call, 1, noNotes));
  };

  const conclude = async (items: readonly Item[], path: string): Promise<readonly Verdict[]> => {
    let failure: Failure | undefined;
    try {
      await deliver(items, path);
    } catch (cause) {
      failure = { cause };
    }
    return Promise.all(
      items.map(async (item) => {
        const verdict = await verdictOn(item, failure);
        if (verdict === 'retry' && !item.message.isLastAttempt) item.count.suspend();
        else item.count.end();
        return verdict;
      }),
    );
  };

  const verdictOn = async ({ message, event, answer, count }: Item, failure?: Failure): Promise<Verdict> => {
    if (answer?.verdict === 'success') return 'ack';
    const attempts = count.total;
    if (answer?.verdict === 'drop')
      return giveUp({ message, event, reason: answer.reason, otherwise: 'ack', attempts });
    if (failure && staysWithBroker(failure.cause, message, signal)) return 'retry';
    const reason = failure ? textOf(failure.cause) : (answer ?? unanswered).reason;
    return giveUp({ message, event, reason, otherwise: 'retry', attempts });
  };

  const itemOf = (message: IncomingMessage, event: ReceivedEvent): Item => {
    const { metadata, contentType } = message;
    const entry = {
      entryId: chance.uuid(),
      data: isRaw ? message.data : event.data,
      isRaw,
      attributes: event.attributes,
      contentType: contentType || (isRaw ? 'application/octet-stream' : cloudEventContentType),
      metadata,
    };
    return { message, event, entry, count: countOf(message, event), answer: undefined };
  };

  const handle = async (messages: readonly IncomingMessage[]): Promise<readonly Verdict[]> => {
    const byPath = new Map<string, { readonly items: Item[]; readonly places: number[] }>();
    const verdicts = messages.map((message, place): Promise<Verdict> => {
      const routed = routedEvent(message, options);
      if ('reason' in routed) return giveUp(routed);
      const group = byPath.get(routed.path) ?? { items: [], places: [] };
      byPath.set(routed.path, group);
      group.items.push(itemOf(message, routed.event));
      group.places.push(place);
      return again;
    });
    for (const [path, { items, places }] of byPath) {
      const concluded = conclude(items, path);
      for (const [i, place] of places.entries()) verdicts[place] = concluded.then((all) => all[i] ?? 'retry');
    }
    return Promise.all(verdicts);
  };

  return messageBatches(handle, { ...options.limits, clock: options.clock, ending: options.ending });
}

const again: Promise<Verdict> = Promise.resolve('retry');
const unanswered = { verdict: 'retry', reason: 'the app did not name the entry in its answer' } as const;

function isOpen({ answer }: Item): boolean {
  return answer === undefined || answer.verdict === 'retry';
}
