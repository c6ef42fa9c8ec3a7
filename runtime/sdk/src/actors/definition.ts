import type { OutgoingEvent } from '../cloud-event.ts';
import type { Random } from '../ports.ts';

/** What a turn sees. Everything it changes is committed together when the turn ends, or not at all when it throws. */
export interface ActorContext<S> {
  readonly id: string;
  /** Plain JSON; change it in place. Saved once at the end of the turn, only when it changed. */
  state: S;
  /** Milliseconds since the epoch; stands still within a turn. */
  now(): number;
  readonly random: Random;
  /**
   * A durable reminder: it survives crashes and relocation. The handler of that name in the definition is retried until it
   * succeeds.
   */
  setReminder(name: string, schedule: Schedule): void;
  clearReminder(name: string): void;
  /** In memory only: lost when the actor is deactivated. */
  setTimer(name: string, schedule: Schedule): void;
  clearTimer(name: string): void;
  publish(event: OutgoingEvent): void;
}

export interface Schedule {
  /** Milliseconds from now, or a duration as Dapr writes it (`10s`). */
  readonly dueTime: number | string;
  /** Absent: fires once. */
  readonly period?: number | string;
  /** JSON, handed to the handler. */
  readonly data?: unknown;
}

// `never` lets a method take any argument type; callers get the real one from the definition.
export type ActorMethod<S> = (ctx: ActorContext<S>, argument: never) => unknown;
export type ReminderHandler<S> = (ctx: ActorContext<S>, data: unknown) => unknown;

export interface ActorOptions<S, M extends Record<string, ActorMethod<S>>> {
  /** The state of an actor that has never been saved. */
  readonly state: () => S;
  readonly methods: M;
  readonly reminders?: Readonly<Record<string, ReminderHandler<S>>>;
  readonly timers?: Readonly<Record<string, ReminderHandler<S>>>;
  /** How long an unused actor stays in memory, such as `10m`; the sidecar's own limit when absent. */
  readonly idleTimeout?: string;
}

/** A definition as a host runs it: the state's type is known to the definition only. */
export type MethodTable = Readonly<Record<string, (ctx: never, argument: never) => unknown>>;

export interface ActorDefinition<M extends MethodTable = MethodTable> {
  /** The actor type on the wire. Part of the stored keys: never rename it. */
  readonly type: string;
  readonly state: () => unknown;
  readonly methods: M;
  readonly reminders: MethodTable;
  readonly timers: MethodTable;
  readonly idleTimeout?: string;
}

/**
 * Defines an actor once: contract, implementation and types.
 *
 * `const Counter = actor('counter', { state: () => ({ count: 0 }), methods: { add: (ctx, by: number) => (ctx.state.count += by) } })`
 * `await client.actors(Counter).get('a').add(2)`
 */
export function actor<S, M extends Record<string, ActorMethod<S>>>(
  type: string,
  options: ActorOptions<S, M>,
): ActorDefinition<M> {
  const { state, methods, reminders = {}, timers = {}, idleTimeout } = options;
  for (const name of ['remind', 'timer']) {
    if (name in methods)
      throw new TypeError(`actor ${type}: a method cannot be called ${name}, the wire uses that name`);
  }
  return { type, state, methods, reminders, timers, idleTimeout };
}

type MethodArguments<F> = F extends (ctx: never) => unknown
  ? []
  : F extends (ctx: never, argument: infer A) => unknown
    ? undefined extends A
      ? [argument?: A]
      : [argument: A]
    : never;

/** How a caller sees an actor. Results travel as JSON. */
export type ActorReference<M> = {
  readonly [K in keyof M]: M[K] extends (ctx: never, argument: never) => infer R
    ? (...args: MethodArguments<M[K]>) => Promise<Awaited<R>>
    : never;
};

export interface ActorReferences<M> {
  /** No call is made; an actor exists as soon as it is called. */
  get(id: string): ActorReference<M>;
}
