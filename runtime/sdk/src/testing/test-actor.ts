import { actorHost } from '../actors/actor-host.ts';
import type { ActorStateStore, TurnKind } from '../actors/actor-host.ts';
import type { ActorDefinition, ActorReference, MethodTable } from '../actors/definition.ts';
import type { ScheduleChange, EventWithId } from '../actors/turn.ts';
import { durationMs } from './duration-ms.ts';
import { movableClock, seededRandom } from './movable-clock.ts';
import type { MovableClock } from './movable-clock.ts';

export interface TestActorOptions {
  /** `test` when absent. */
  readonly id?: string;
  /** Milliseconds since the epoch; the start of 2026 when absent. */
  readonly now?: number;
  /** Of the actor's random source. */
  readonly seed?: number;
}

/** One actor in memory, with a clock that stands still until it is moved. */
export interface TestActor<M> {
  /** Runs turns as a caller would; problems are thrown. */
  readonly call: ActorReference<M>;
  /** The stored state; undefined when there is none. */
  readonly saved: unknown;
  /** All events published so far, in order. */
  readonly events: readonly EventWithId[];
  /** Names of reminders that are set. */
  readonly reminders: readonly string[];
  readonly clock: MovableClock;
  /** Moves time forward and runs the reminders and timers that fall due, in order. */
  advance(byMs: number): Promise<void>;
  /** Runs a declared reminder now, set or not: sidecars repeat them and may be late. */
  fire(reminder: string, data?: unknown): Promise<void>;
  /** Drops the actor from memory, as when its host dies: timers are lost, reminders stay. */
  deactivate(): Promise<void>;
}

interface ScheduledTurn {
  readonly kind: TurnKind;
  readonly name: string;
  readonly dueAt: number;
  readonly periodMs?: number;
  readonly data: unknown;
}

export function testActor<M extends MethodTable>(
  definition: ActorDefinition<M>,
  { id = 'test', now = Date.UTC(2026, 0, 1), seed = 1 }: TestActorOptions = {},
): TestActor<M> {
  const clock = movableClock(now);
  const events: EventWithId[] = [];
  const scheduledTurns = new Map<string, ScheduledTurn>();
  let saved: string | undefined;

  const change = (kind: TurnKind, scheduled: ScheduleChange): void => {
    const key = `${kind}/${scheduled.name}`;
    // Deleted first, so that a reminder that is set again runs last among those due at the same time.
    scheduledTurns.delete(key);
    if (scheduled.operation === 'delete') return;
    const { dueTime, period, data } = scheduled.schedule;
    const dueAt = clock.now() + durationMs(dueTime);
    const periodMs = period === undefined ? undefined : durationMs(period);
    scheduledTurns.set(key, { kind, name: scheduled.name, dueAt, periodMs, data: copy(data) });
  };

  const stateStore: ActorStateStore = {
    load: async () => saved,
    async commit(_actor, changes) {
      saved = changes.state ?? saved;
      for (const reminder of changes.reminders) change('reminders', reminder);
      for (const timer of changes.timers) change('timers', timer);
      events.push(...changes.events.map(copy));
    },
  };
  const host = actorHost([definition], stateStore, { clock, random: seededRandom(seed) });

  const turn = async (kind: TurnKind, name: string, argument: unknown): Promise<unknown> => {
    const outcome = await host.turn({ type: definition.type, id, kind, name, argument: copy(argument) });
    switch (outcome.kind) {
      case 'rejected':
        throw outcome.problem;
      case 'unknown':
        throw new TypeError(outcome.message);
      case 'done':
        return copy(outcome.result);
    }
  };

  const call: Record<string, (argument?: unknown) => Promise<unknown>> = {};
  for (const name of Object.keys(definition.methods)) call[name] = (argument) => turn('methods', name, argument);

  return {
    call: call as unknown as ActorReference<M>,
    events,
    clock,
    get saved() {
      return saved === undefined ? undefined : (JSON.parse(saved) as unknown);
    },
    get reminders() {
      return [...scheduledTurns.values()].filter(({ kind }) => kind === 'reminders').map(({ name }) => name);
    },
    async advance(byMs) {
      const until = clock.now() + byMs;
      for (let due = nextDue(scheduledTurns, until); due !== undefined; due = nextDue(scheduledTurns, until)) {
        const [key, scheduled] = due;
        clock.moveTo(scheduled.dueAt);
        if (scheduled.periodMs === undefined) scheduledTurns.delete(key);
        else scheduledTurns.set(key, { ...scheduled, dueAt: scheduled.dueAt + scheduled.periodMs });
        await turn(scheduled.kind, scheduled.name, scheduled.data);
      }
      clock.moveTo(until);
    },
    async fire(reminder, data) {
      await turn('reminders', reminder, data);
    },
    async deactivate() {
      for (const [key, { kind }] of scheduledTurns) if (kind === 'timers') scheduledTurns.delete(key);
      await host.deactivate({ type: definition.type, id });
    },
  };
}

function nextDue(
  scheduledTurns: ReadonlyMap<string, ScheduledTurn>,
  until: number,
): [string, ScheduledTurn] | undefined {
  return [...scheduledTurns].filter(([, { dueAt }]) => dueAt <= until).toSorted(([, a], [, b]) => a.dueAt - b.dueAt)[0];
}

/** Arguments, results and events of a turn are passed as JSON. */
const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));
