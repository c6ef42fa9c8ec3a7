import type { Call } from '#core/call.ts';
import { within } from '#core/deadline.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { Message, Reply } from '#core/message.ts';
import { type TraceContext, parseTraceparent } from '#core/trace.ts';
import type { PeerRequest } from '../invoke/peers.ts';
import type { StoredValue } from '../state/state-store.ts';
import { type ActorConfig, noActors, withClampedDrains } from './actor-config.ts';
import { eachBounded } from './bounded.ts';
import { checkActor, checkName, cleanMethod, isReserved } from './actor-name.ts';
import type { ActorRuntimeInfo, ActorsBlock, ActorsOptions } from './actors.ts';
import { DueReminders } from './due-reminders.ts';
import {
  actorPlacementMissing,
  actorRuntimeNotFound,
  actorStateGetFailed,
  actorTypeReserved,
  hasCode,
  reminderNotHosted,
  timerCreateFailed,
} from './errors.ts';
import { FiringLanes } from './firing-lanes.ts';
import { MethodCalls } from './method-calls.ts';
import { OutboxRelay } from './outbox-relay.ts';
import { OwnerCalls } from './owner-calls.ts';
import { answerPeer } from './peer-answers.ts';
import { ownerRequest } from './peer-wire.ts';
import type { Tenant } from './placement.ts';
import type { ActorApp, ActorReply, ActorRef, ActorRequest, ActorStore } from './ports.ts';
import { ReminderFiring } from './reminder-firing.ts';
import { type NamedReminder, type ReminderRequest, type ReminderView, Reminders } from './reminders.ts';
import { type TimerRequest, Timers } from './timers.ts';
import { TurnCommit, type TurnRequest, defaultTurnLimits } from './turn-commit.ts';
import { Turns } from './turns.ts';
import { Writes } from './writes.ts';

/** Timers and reminders of this many actors may fire at one time. */
const firingsAtOnce = 64;
const deletionsAtOnce = 32;
const readinessLimitMs = 2000;
/** How long a call waits for an app that has not said yet what it hosts. */
const earlyCallLimitMs = 20_000;
const relayDrainMs = 2000;
/** As the reference's flag. */
const defaultDisseminateMs = 30_000;

/** What the metadata says of actors that nobody asked for. */
const switchedOff: ActorRuntimeInfo = {
  runtimeStatus: 'DISABLED',
  activeActors: [],
  hostReady: false,
  placement: 'placement: disconnected',
};

export function actorsBlock(options: ActorsOptions): ActorsBlock {
  return new ActorRuntime(options);
}

/** What exists only with a store: without one there are method calls to other hosts, and nothing else. */
interface Kept {
  readonly store: ActorStore;
  readonly relay: OutboxRelay;
  readonly due: DueReminders;
  readonly reminders: Reminders;
  readonly commits: TurnCommit;
}

class ActorRuntime implements ActorsBlock {
  readonly #options: ActorsOptions;
  readonly #turns: Turns;
  readonly #owners: OwnerCalls;
  readonly #methods: MethodCalls;
  readonly #timers: Timers;
  readonly #kept: Kept | undefined;
  #config: ActorConfig = noActors;
  readonly #ready = Promise.withResolvers<void>();
  #isReady = false;

  constructor(options: ActorsOptions) {
    const { placement, recorder, clock, chance, log, peer } = options;
    this.#options = options;
    const lanes = new FiringLanes(firingsAtOnce);
    this.#turns = new Turns({ placement, recorder, clock, log, ownCall: () => this.#callFor('') });
    this.#owners = new OwnerCalls({ placement, peer, recorder, clock, ownCall: () => this.#callFor('') });
    this.#methods = new MethodCalls({ turns: this.#turns, owners: this.#owners, recorder, chance });
    this.#timers = new Timers({ turns: this.#turns, lanes, recorder, clock, log });
    this.#kept = options.store && this.#keepIn(options.store, lanes);
  }

  async invoke(call: Call, actor: ActorRef, method: string, request: ActorRequest): Promise<ActorReply> {
    checkActor(actor);
    const clean = cleanMethod(method);
    return this.#isReady
      ? this.#methods.invoke(call, actor, clean, request)
      : this.#invokeEarly(call, () => this.#methods.invoke(call, actor, clean, request));
  }

  async getState(call: Call, actor: ActorRef, key: string): Promise<StoredValue | undefined> {
    this.#checkOwn(actor);
    const { store } = this.#requireKept();
    const start = { kind: 'state.get', name: `${actor.type}/${actor.id}/${key}` } as const;
    return this.#options.recorder.record(call, start, async (getting, scope) => {
      const found = await store.get(getting, actor, key).catch((cause: unknown) => {
        throw withCause(actorStateGetFailed(textOf(cause)), cause);
      });
      if (found) scope.output(found.data);
      return found;
    });
  }

  async commit(call: Call, actor: ActorRef, request: TurnRequest, turnId?: string): Promise<void> {
    this.#checkOwn(actor);
    await this.#requireKept().commits.commit(call, actor, request, turnId);
  }

  async setReminder(call: Call, actor: ActorRef, name: string, request: ReminderRequest): Promise<void> {
    const { reminders } = await this.#forReminder(actor, name);
    await this.#atOwner(call, actor, `set reminder ${name}`, {
      here: () => reminders.set(call, actor, name, request),
      there: () => ownerRequest(actor, 'reminders', name, jsonPut(request)),
    });
  }

  async getReminder(call: Call, actor: ActorRef, name: string): Promise<ReminderView> {
    const { reminders } = await this.#forReminder(actor, name);
    return reminders.get(call, actor, name);
  }

  async deleteReminder(call: Call, actor: ActorRef, name: string): Promise<void> {
    const { reminders } = await this.#forReminder(actor, name);
    await this.#atOwner(call, actor, `delete reminder ${name}`, {
      here: () => reminders.delete(call, actor, name),
      there: () => ownerRequest(actor, 'reminders', name, emptyDelete),
    });
  }

  async listReminders(call: Call, type: string, id?: string): Promise<readonly NamedReminder[]> {
    const { reminders } = await this.#forReminders(type);
    return reminders.list(call, type, id);
  }

  async deleteReminders(call: Call, type: string, id?: string): Promise<void> {
    const listed = await this.listReminders(call, type, id);
    await eachBounded(listed, deletionsAtOnce, ({ name, reminder }) =>
      this.deleteReminder(call, { type, id: reminder.actorID }, name),
    );
  }

  async setTimer(call: Call, actor: ActorRef, name: string, request: TimerRequest): Promise<void> {
    this.#checkOwn(actor);
    checkName('timer name', name);
    if (!this.#kept && !this.#options.isAskedFor) throw actorPlacementMissing();
    if (!(await this.#hosts(actor.type)))
      throw timerCreateFailed(`this app does not host actors of type ${actor.type}`);
    await this.#atOwner(call, actor, `set timer ${name}`, {
      here: () => this.#timers.set(call, actor, name, request),
      there: () => ownerRequest(actor, 'timers', name, jsonPut(request)),
    });
  }

  async deleteTimer(call: Call, actor: ActorRef, name: string): Promise<void> {
    this.#checkOwn(actor);
    checkName('timer name', name);
    if (!(await this.#hosts(actor.type))) return;
    await this.#atOwner(call, actor, `delete timer ${name}`, {
      here: async () => this.#timers.delete(actor, name),
      there: () => ownerRequest(actor, 'timers', name, emptyDelete),
    });
  }

  answerPeer(call: Call, request: PeerRequest): Promise<Reply> {
    return answerPeer(call, request, {
      methods: this.#methods,
      timers: this.#timers,
      reminders: this.#kept?.reminders,
      // Who asks took this host for the owner: if it should be, this is the moment to find out.
      wake: () => void this.#options.placement.refresh(call).catch(() => {}),
    });
  }

  async host(app: ActorApp, config: ActorConfig): Promise<void> {
    const { placement, log, isAskedFor, disseminateTimeoutMs = defaultDisseminateMs } = this.#options;
    const hosted = withClampedDrains(config, disseminateTimeoutMs);
    for (const complaint of hosted.complaints) log.warn({}, complaint);
    const types = [...hosted.types.keys()];
    this.#config = hosted;
    this.#turns.serve(app, hosted);
    if (this.#kept && types.length > 0) {
      log.info({}, `Registering hosted actors: [${types.join(' ')}]; the state store places them`);
      this.#kept.due.start();
      this.#kept.relay.start();
      await placement.host(types, this.#tenant(this.#kept));
    } else {
      await placement.leave();
      // so that the metadata of one that only calls actors says whether it could find them
      if (this.#kept && isAskedFor) void placement.refresh(this.#callFor('')).catch(() => {});
    }
    this.#isReady = true;
    this.#ready.resolve();
  }

  settled(signal: AbortSignal): Promise<void> {
    return this.#options.placement.settled(signal);
  }

  async unhost(): Promise<void> {
    await this.#options.placement.leave();
    this.#kept?.due.stop();
  }

  turnTrace(actor: ActorRef): TraceContext | undefined {
    return this.#turns.active(actor)?.turn?.trace;
  }

  metadata(): ActorRuntimeInfo {
    const { placement, isAskedFor } = this.#options;
    const types = this.#turns.types();
    const isPlacing = this.#kept !== undefined && types.length > 0;
    if (!isAskedFor && !isPlacing) return switchedOff;
    const isConnected = placement.status === 'connected';
    return {
      runtimeStatus: this.#isReady ? 'RUNNING' : 'INITIALIZING',
      activeActors: types.map((type) => ({ type, count: this.#turns.countOf(type) })),
      // as in the reference, a host of no actors is ready too
      hostReady: this.#isReady && isConnected && types.every((type) => this.#ownsAny(type)),
      placement: this.#isReady && placement.status !== '' ? `placement: ${placement.status}` : '',
    };
  }

  async close(): Promise<void> {
    this.#turns.stopping();
    this.#owners.stopping();
    this.#kept?.due.stop();
    // First, so that calls that wait here are made where the actors go.
    await this.#options.placement.close();
    await this.#turns.close();
    await this.#kept?.relay.stop(relayDrainMs);
  }

  #keepIn(store: ActorStore, lanes: FiringLanes): Kept {
    const { placement, publisher, recorder, clock, chance, log } = this.#options;
    const callFor = (traceparent: string): Call => this.#callFor(traceparent);
    const relay = new OutboxRelay({ store: store.outbox, publisher, recorder, clock, log, callFor });
    const writes = new Writes({ store, placement, relay });
    const firing = new ReminderFiring({ turns: this.#turns, writes, placement, recorder, clock, log, callFor });
    const due = new DueReminders({
      store: store.reminders,
      placement,
      lanes,
      clock,
      log,
      fire: (it) => firing.fire(it),
    });
    writes.due = due;
    const reminders = new Reminders({ store, turns: this.#turns, writes, placement, recorder, clock, chance });
    const limits = { ...defaultTurnLimits, ...this.#options.limits };
    const commits = new TurnCommit({ turns: this.#turns, writes, reminders, publisher, recorder, limits });
    return { store, relay, due, reminders, commits };
  }

  #tenant({ due }: Kept): Tenant {
    return {
      gained: () => due.gained(),
      vacate: (fences, limitMs, emptied) => {
        due.vacated(fences);
        return this.#turns.vacate(fences, limitMs, emptied);
      },
    };
  }

  /** The app has not said yet what it hosts: what nobody else hosts may be its own. */
  async #invokeEarly(call: Call, invoke: () => Promise<ActorReply>): Promise<ActorReply> {
    try {
      return await invoke();
    } catch (cause) {
      if (!hasCode(cause, 'ERR_ACTOR_NO_ADDRESS')) throw cause;
      const late = (): Error => cause as Error;
      await within(this.#options.clock, earlyCallLimitMs, () => this.#ready.promise, late);
      call.signal.throwIfAborted();
      return invoke();
    }
  }

  async #atOwner(
    call: Call,
    actor: ActorRef,
    name: string,
    where: { here: () => Promise<void>; there: () => PeerRequest },
  ): Promise<void> {
    // A turn that is being drained may still set what it must set: it holds the actor.
    const isInside = this.#turns.active(actor)?.turn !== undefined;
    await this.#owners.run(call, actor, {
      ...where,
      name: `${actor.type}/${actor.id} ${name}`,
      isInside,
      read: () => {},
    });
  }

  async #forReminder(actor: ActorRef, name: string): Promise<Kept> {
    checkActor(actor);
    checkName('reminder name', name);
    return this.#forReminders(actor.type);
  }

  async #forReminders(type: string): Promise<Kept> {
    if (isReserved(type)) throw actorTypeReserved(type);
    const kept = this.#requireKept();
    if (!(await this.#hosts(type))) throw reminderNotHosted(type);
    return kept;
  }

  /** Whether the app hosts the type; an app that has not said yet is waited for, for a moment. */
  async #hosts(type: string): Promise<boolean> {
    if (!this.#isReady) {
      const late = (): Error => reminderNotHosted(type);
      await within(this.#options.clock, readinessLimitMs, () => this.#ready.promise, late);
    }
    return this.#config.types.has(type);
  }

  #ownsAny(type: string): boolean {
    return this.#options.placement.fences().some((fence) => fence.type === type);
  }

  #checkOwn(actor: ActorRef): void {
    checkActor(actor);
    if (isReserved(actor.type)) throw actorTypeReserved(actor.type);
  }

  #requireKept(): Kept {
    if (this.#kept) return this.#kept;
    throw this.#options.isAskedFor ? actorRuntimeNotFound() : actorPlacementMissing();
  }

  /** A call that the sidecar begins, in the given trace or in a new one. */
  #callFor(traceparent: string): Call {
    const { signal } = new AbortController();
    const trace = parseTraceparent(traceparent);
    return trace ? { trace, signal } : this.#options.newCall(signal);
  }
}

const emptyDelete: Pick<Message, 'verb' | 'headers' | 'body'> = {
  verb: 'DELETE',
  headers: [],
  body: new Uint8Array(0),
};

function jsonPut(content: unknown): Pick<Message, 'verb' | 'headers' | 'body'> {
  return {
    verb: 'PUT',
    headers: ['content-type', 'application/json'],
    body: Buffer.from(JSON.stringify(content)),
  };
}
