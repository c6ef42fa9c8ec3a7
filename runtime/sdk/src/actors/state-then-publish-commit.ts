import { DaprError } from '../dapr-error.ts';
import { publish } from '../publish.ts';
import { expectSuccess, jsonOf } from '../sidecar-call.ts';
import type { SendToSidecar } from '../sidecar-call.ts';
import type { ContextCarrier, TraceHeaders } from '../trace-context.ts';
import type { ActorAddress } from './actor-host.ts';
import { actorPath, applyScheduleChange, stateKey } from './actor-routes.ts';
import type { ScheduleChange, EventWithId, TurnChanges } from './turn.ts';

/** Commits turns on a sidecar that has only Dapr's own routes. */
export interface StateThenPublishCommit {
  /** Picks up what an earlier process committed but did not finish. */
  load(actor: ActorAddress): Promise<void>;
  commit(actor: ActorAddress, changes: TurnChanges): Promise<void>;
  onReminder(actor: ActorAddress, name: string): Promise<{ readonly cancel: boolean } | undefined>;
  release(actor: ActorAddress): void;
}

/** What a committed turn still has to do. */
interface PendingTurn {
  readonly reminders: readonly ScheduleChange[];
  readonly events: readonly EventWithId[];
  readonly trace: TraceHeaders;
}

const pendingKey = 'pending-events';
/** Wakes an actor whose process died between the commit and the end of its pending work. */
const pendingReminder = 'outrigger-pending-events';

/**
 * State, and with it what remains to be done, is written in one state transaction; then reminders are set, events
 * published, and the note removed. Whatever dies in between, the work is done again: at least once, with the same event ids.
 */
export function stateThenPublishCommit(send: SendToSidecar, context: ContextCarrier): StateThenPublishCommit {
  const pendingTurns = new Map<string, PendingTurn[]>();
  const armed = new Set<string>();
  const keyOf = ({ type, id }: ActorAddress): string => `${type}/${id}`;

  const transact = async (actor: ActorAddress, operations: readonly string[]): Promise<void> => {
    const path = `/v1.0${actorPath(actor)}/state`;
    expectSuccess(await send({ method: 'POST', path, body: `[${operations.join(',')}]` }), `save ${keyOf(actor)}`);
  };

  const arm = async (actor: ActorAddress): Promise<void> => {
    const schedule = { dueTime: '10s', period: '10s' };
    await applyScheduleChange(send, actor, 'reminders', { operation: 'set', name: pendingReminder, schedule });
    armed.add(keyOf(actor));
  };

  const finish = async (actor: ActorAddress, pending: PendingTurn[]): Promise<void> => {
    for (let next = pending[0]; next !== undefined; next = pending[0]) {
      const { reminders, events, trace } = next;
      await context.run(trace, async () => {
        for (const reminder of reminders) await applyScheduleChange(send, actor, 'reminders', reminder);
        for (const event of events) await publish(send, event);
      });
      pending.shift();
    }
    await transact(actor, [`{"operation":"delete","request":{"key":"${pendingKey}"}}`]);
    pendingTurns.delete(keyOf(actor));
  };

  const tryToFinish = async (actor: ActorAddress): Promise<void> => {
    const pending = pendingTurns.get(keyOf(actor));
    if (pending === undefined) return;
    try {
      await finish(actor, pending);
    } catch (error) {
      // The turn itself is committed and must not be reported as failed; the reminder comes back to what is left.
      if (!(error instanceof DaprError)) throw error;
    }
  };

  const load = async (actor: ActorAddress): Promise<void> => {
    const operation = `pending work of ${keyOf(actor)}`;
    const response = await send({ method: 'GET', path: `/v1.0${actorPath(actor)}/state/${pendingKey}` });
    const pending = jsonOf<PendingTurn[] | undefined>(expectSuccess(response, operation), operation) ?? [];
    if (pending.length === 0) return;
    pendingTurns.set(keyOf(actor), pending);
    await tryToFinish(actor);
  };

  return {
    load,
    async commit(actor, { state, reminders, events }) {
      const operations: string[] = [];
      if (state !== undefined) {
        operations.push(`{"operation":"upsert","request":{"key":"${stateKey}","value":${state}}}`);
      }
      if (reminders.length + events.length > 0) {
        const pending = [...(pendingTurns.get(keyOf(actor)) ?? []), { reminders, events, trace: context.current() }];
        if (!armed.has(keyOf(actor))) await arm(actor);
        operations.push(`{"operation":"upsert","request":{"key":"${pendingKey}","value":${JSON.stringify(pending)}}}`);
        pendingTurns.set(keyOf(actor), pending);
      }
      await transact(actor, operations);
      await tryToFinish(actor);
    },
    async onReminder(actor, name) {
      if (name !== pendingReminder) return undefined;
      if (pendingTurns.has(keyOf(actor))) await tryToFinish(actor);
      else await load(actor);
      const isDone = !pendingTurns.has(keyOf(actor));
      if (isDone) armed.delete(keyOf(actor));
      return { cancel: isDone };
    },
    release(actor) {
      pendingTurns.delete(keyOf(actor));
      armed.delete(keyOf(actor));
    },
  };
}
