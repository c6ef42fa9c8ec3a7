import { ProblemError } from '../dapr-error.ts';
import type { Random, Clock } from '../ports.ts';
import type { ActorDefinition, MethodTable } from './definition.ts';
import { expectPlainJson, openTurn } from './turn.ts';
import type { TurnChanges } from './turn.ts';

export interface ActorAddress {
  readonly type: string;
  readonly id: string;
}

/** A turn that the sidecar dispatched to this host. */
export interface ActorTurn extends ActorAddress {
  /** `<activation>.<number>` from sidecars that send it: identifies the activation of a turn, and lets them reject late commits. */
  readonly turnId?: string;
}

/** Where the state of actors is stored. */
export interface ActorStateStore {
  /** The saved state as JSON text; undefined when there is none. */
  load(turn: ActorTurn): Promise<string | undefined>;
  /** Makes all of it durable. After a rejection it is unknown what was written: the host loads the state again. */
  commit(turn: ActorTurn, changes: TurnChanges): Promise<void>;
  /** Handles the store's own reminders; undefined when `name` is none of them. */
  onReminder?(actor: ActorAddress, name: string): Promise<{ readonly cancel: boolean } | undefined>;
  /** The actor left this host's memory. */
  release?(actor: ActorAddress): void;
}

export type TurnKind = 'methods' | 'reminders' | 'timers';

export interface TurnRequest extends ActorTurn {
  readonly kind: TurnKind;
  readonly name: string;
  readonly argument: unknown;
}

export type TurnOutcome =
  | { readonly kind: 'done'; readonly result: unknown; readonly cancel?: boolean }
  /** The method threw a `ProblemError`; nothing was changed. */
  | { readonly kind: 'rejected'; readonly problem: ProblemError }
  /** No such type, method, reminder or timer; repeating does not help. */
  | { readonly kind: 'unknown'; readonly message: string };

interface Activation {
  /** The sidecar's activation that this memory belongs to. Another one may follow writes made elsewhere. */
  readonly activationId: string;
  /** The stored state; undefined when there is none. */
  saved: string | undefined;
  state: unknown;
}

/** Runs turns: one at a time for each actor, with the state cached in memory between them. */
export interface ActorHost {
  readonly definitions: readonly ActorDefinition[];
  /** Rejects with what the method threw (unless it is a `ProblemError`) or the commit failed with; the turn is rolled back then. */
  turn(request: TurnRequest): Promise<TurnOutcome>;
  deactivate(actor: ActorAddress): Promise<void>;
  /** All states are loaded again before their next turn: a sidecar that starts does not know what this host has cached. */
  invalidateCachedState(): void;
}

export function actorHost(
  definitions: readonly ActorDefinition[],
  stateStore: ActorStateStore,
  dependencies: { readonly clock: Clock; readonly random: Random },
): ActorHost {
  const byType = new Map(definitions.map((definition) => [definition.type, definition]));
  const activations = new Map<string, Activation>();
  const queues = new Map<string, Promise<unknown>>();
  let sidecarStarts = 0;

  // The sidecar dispatches one turn at a time; a caller that timed out and retried must still wait for its first turn here.
  const inTurn = <T>(actor: ActorAddress, work: (key: string) => Promise<T>): Promise<T> => {
    const key = `${actor.type}/${actor.id}`;
    const previous = queues.get(key);
    const current = previous === undefined ? work(key) : previous.then(() => work(key));
    const settled = current.then(ignore, ignore).then(() => {
      if (queues.get(key) === settled) queues.delete(key);
    });
    queues.set(key, settled);
    return current;
  };

  const evict = (actor: ActorAddress, key: string): void => {
    activations.delete(key);
    stateStore.release?.(actor);
  };

  const activate = async (definition: ActorDefinition, turn: ActorTurn, key: string): Promise<Activation> => {
    const activationId = `${sidecarStarts} ${turn.turnId?.slice(0, turn.turnId.lastIndexOf('.')) ?? ''}`;
    const existing = activations.get(key);
    if (existing?.activationId === activationId) return existing;
    if (existing) evict(turn, key);
    const saved = await stateStore.load(turn);
    const activation = { activationId, saved, state: freshState(definition, saved) };
    activations.set(key, activation);
    return activation;
  };

  const runTurn = async (definition: ActorDefinition, request: TurnRequest, key: string): Promise<TurnOutcome> => {
    const handler = findHandler(definition[request.kind], request.name);
    if (handler === undefined) {
      const internalReminder =
        request.kind === 'reminders' ? await stateStore.onReminder?.(request, request.name) : undefined;
      if (internalReminder) return { kind: 'done', result: undefined, cancel: internalReminder.cancel };
      return { kind: 'unknown', message: `actor ${definition.type} has no ${request.name} among its ${request.kind}` };
    }
    const activation = await activate(definition, request, key);
    const turn = openTurn(definition, request.id, activation.state, dependencies);
    let result: unknown;
    let changed: string | undefined;
    try {
      result = await handler(turn.context as never, request.argument as never);
      changed = changedState(definition, turn.context.state, activation.saved);
    } catch (error) {
      // In-place changes of the method are undone by parsing the saved text again.
      activation.state = freshState(definition, activation.saved);
      if (error instanceof ProblemError) return { kind: 'rejected', problem: error };
      throw error;
    }
    activation.state = turn.context.state;
    const { reminders, timers, events } = turn;
    if (changed === undefined && reminders.length + timers.length + events.length === 0)
      return { kind: 'done', result };
    try {
      await stateStore.commit(request, { state: changed, reminders, timers, events });
    } catch (error) {
      evict(request, key);
      throw error;
    }
    activation.saved = changed ?? activation.saved;
    return { kind: 'done', result };
  };

  return {
    definitions,
    async turn(request) {
      const definition = byType.get(request.type);
      if (definition === undefined) return { kind: 'unknown', message: `no actor type ${request.type} here` };
      return inTurn(request, (key) => runTurn(definition, request, key));
    },
    deactivate: (actor) => inTurn(actor, async (key) => evict(actor, key)),
    invalidateCachedState: () => void sidecarStarts++,
  };
}

const ignore = (): void => {};

const findHandler = (table: MethodTable, name: string): MethodTable[string] | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

const freshState = (definition: ActorDefinition, saved: string | undefined): unknown =>
  saved === undefined ? definition.state() : (JSON.parse(saved) as unknown);

/** The state's text when it differs from what is stored. An actor that was only read stores nothing. */
function changedState(definition: ActorDefinition, state: unknown, saved: string | undefined): string | undefined {
  const previous = saved ?? JSON.stringify(definition.state());
  const after = JSON.stringify(state);
  if (after === previous) return undefined;
  expectPlainJson(state, 'state');
  return after;
}
