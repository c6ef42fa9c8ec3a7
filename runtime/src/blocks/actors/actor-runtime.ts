import type { ActivityStart } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { Message, Reply } from '#core/message.ts';
import { type TraceContext, parseTraceparent } from '#core/trace.ts';
import type { PeerRequest } from '../invoke/peers.ts';
import type { StoredValue } from '../state/state-store.ts';
import { type ActorConfig, noActors, withClampedDrains } from './actor-config.ts';
import { forEachLimited } from './for-each-limited.ts';
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
import { KeyedConcurrencyLimiter } from './keyed-concurrency-limiter.ts';
import { MethodCalls } from './method-calls.ts';
import { OutboxRelay } from './outbox-relay.ts';
import { OwnerCalls } from './owner-calls.ts';
import { handlePeerRequest } from './peer-request-handler.ts';
import { ownerRequest } from './peer-wire.ts';
import type { PartitionListener } from './placement.ts';
import type { ActorApp, ActorReply, ActorRef, ActorRequest, ActorStore } from './ports.ts';
import { ReminderFiring } from './reminder-firing.ts';
import { type NamedReminder, type ReminderRequest, type ReminderView, Reminders } from './reminders.ts';
import { type TimerRequest, Timers } from './timers.ts';
import { TurnCommit, type TurnRequest, defaultTurnLimits } from './turn-commit.ts';
import { Turns } from './turns.ts';
import { Writes } from './writes.ts';

/** Timers and reminders of this many actors may fire concurrently. */
const maxConcurrentFirings = 64;
const maxConcurrentDeletions = 32;
const readinessTimeoutMs = 2000;
/** How long a call waits for an app that has not reported yet what it hosts. */
const earlyCallTimeoutMs = 20_000;
const relayDrainTimeoutMs = 2000;
/** The default of the reference's flag. */
const defaultDisseminateMs = 30_000;

/** The metadata of actors when they are not enabled. */
const actorsDisabled: ActorRuntimeInfo = {
  runtimeStatus: 'DISABLED',
  activeActors: [],
  hostReady: false,
  placement: 'placement: disconnected',
};

export function actorsBlock(options: ActorsOptions): ActorsBlock {
  return new ActorRuntime(options);
}

/** Present only with an actor store: without one only method calls to other hosts work. */
interface ActorStorage {
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
  readonly #storage: ActorStorage | undefined;
  #config: ActorConfig = noActors;
  readonly #ready = Promise.withResolvers<void>();
  #isReady = false;

  constructor(options: ActorsOptions) {
    const { placement, recorder, clock, random, log, peer } = options;
    this.#options = options;
    const limiter = new KeyedConcurrencyLimiter(maxConcurrentFirings);
    this.#turns = new Turns({ placement, recorder, clock, log, sidecarCall: () => this.#callFor('') });
    this.#owners = new OwnerCalls({ placement, peer, recorder, clock, sidecarCall: () => this.#callFor('') });
    this.#methods = new MethodCalls({ turns: this.#turns, owners: this.#owners, recorder, random });
    this.#timers = new Timers({ turns: this.#turns, limiter, recorder, clock, log });
    this.#storage = options.store && this.#openStorage(options.store, limiter);
  }

  async invoke(call: Call, actor: ActorRef, method: string, request: ActorRequest): Promise<ActorReply> {
    checkActor(actor);
    const cleanName = cleanMethod(method);
    return this.#isReady
      ? this.#methods.invoke(call, actor, cleanName, request)
      : this.#invokeEarly(call, () => this.#methods.invoke(call, actor, cleanName, request));
  }

  async getState(call: Call, actor: ActorRef, key: string): Promise<StoredValue | undefined> {
    this.#checkAppActor(actor);
    const { store } = this.#requireStorage();
    const start: ActivityStart<'state.get'> = {
      kind: 'state.get',
      name: `${actor.type}/${actor.id}/${key}`,
      attributes: {},
    };
    return this.#options.recorder.record(call, start, async (getting, scope) => {
      const stored = await store.get(getting, actor, key).catch((cause: unknown) => {
        throw withCause(actorStateGetFailed(textOf(cause)), cause);
      });
      if (stored) scope.output(stored.data);
      return stored;
    });
  }

  async commit(call: Call, actor: ActorRef, request: TurnRequest, turnId?: string): Promise<void> {
    this.#checkAppActor(actor);
    await this.#requireStorage().commits.commit(call, actor, request, turnId);
  }

  async setReminder(call: Call, actor: ActorRef, name: string, request: ReminderRequest): Promise<void> {
    const { reminders } = await this.#storageForReminder(actor, name);
    await this.#atOwner(call, actor, `set reminder ${name}`, {
      runLocally: () => reminders.set(call, actor, name, request),
      remoteRequest: () => ownerRequest(actor, 'reminders', name, jsonPut(request)),
    });
  }

  async getReminder(call: Call, actor: ActorRef, name: string): Promise<ReminderView> {
    const { reminders } = await this.#storageForReminder(actor, name);
    return reminders.get(call, actor, name);
  }

  async deleteReminder(call: Call, actor: ActorRef, name: string): Promise<void> {
    const { reminders } = await this.#storageForReminder(actor, name);
    await this.#atOwner(call, actor, `delete reminder ${name}`, {
      runLocally: () => reminders.delete(call, actor, name),
      remoteRequest: () => ownerRequest(actor, 'reminders', name, emptyDelete),
    });
  }

  async listReminders(call: Call, type: string, id?: string): Promise<readonly NamedReminder[]> {
    const { reminders } = await this.#storageForReminders(type);
    return reminders.list(call, type, id);
  }

  async deleteReminders(call: Call, type: string, id?: string): Promise<void> {
    const listed = await this.listReminders(call, type, id);
    await forEachLimited(listed, maxConcurrentDeletions, ({ name, reminder }) =>
      this.deleteReminder(call, { type, id: reminder.actorID }, name),
    );
  }

  async setTimer(call: Call, actor: ActorRef, name: string, request: TimerRequest): Promise<void> {
    this.#checkAppActor(actor);
    checkName('timer name', name);
    if (!this.#storage && !this.#options.isPlacementRequested) throw actorPlacementMissing();
    if (!(await this.#hosts(actor.type)))
      throw timerCreateFailed(`this app does not host actors of type ${actor.type}`);
    await this.#atOwner(call, actor, `set timer ${name}`, {
      runLocally: () => this.#timers.set(call, actor, name, request),
      remoteRequest: () => ownerRequest(actor, 'timers', name, jsonPut(request)),
    });
  }

  async deleteTimer(call: Call, actor: ActorRef, name: string): Promise<void> {
    this.#checkAppActor(actor);
    checkName('timer name', name);
    if (!(await this.#hosts(actor.type))) return;
    await this.#atOwner(call, actor, `delete timer ${name}`, {
      runLocally: async () => this.#timers.delete(actor, name),
      remoteRequest: () => ownerRequest(actor, 'timers', name, emptyDelete),
    });
  }

  handlePeerRequest(call: Call, request: PeerRequest): Promise<Reply> {
    return handlePeerRequest(call, request, {
      methods: this.#methods,
      timers: this.#timers,
      reminders: this.#storage?.reminders,
      // The caller treated this host as the owner: check the placement now.
      onWrongOwner: () => void this.#options.placement.refresh(call).catch(() => {}),
    });
  }

  async registerHost(app: ActorApp, config: ActorConfig): Promise<void> {
    const { placement, log, isPlacementRequested, disseminateTimeoutMs = defaultDisseminateMs } = this.#options;
    const clampedConfig = withClampedDrains(config, disseminateTimeoutMs);
    for (const warning of clampedConfig.warnings) log.warn({}, warning);
    const types = [...clampedConfig.types.keys()];
    this.#config = clampedConfig;
    this.#turns.serve(app, clampedConfig);
    if (this.#storage && types.length > 0) {
      log.info({}, `Registering hosted actors: [${types.join(' ')}]; the state store places them`);
      this.#storage.due.start();
      this.#storage.relay.start();
      await placement.host(types, this.#partitionListener(this.#storage));
    } else {
      await placement.leave();
      // so that the metadata of an app that only calls actors shows whether placement is reachable
      if (this.#storage && isPlacementRequested) void placement.refresh(this.#callFor('')).catch(() => {});
    }
    this.#isReady = true;
    this.#ready.resolve();
  }

  whenPlacementSettled(signal: AbortSignal): Promise<void> {
    return this.#options.placement.whenSettled(signal);
  }

  async unregisterHost(): Promise<void> {
    await this.#options.placement.leave();
    this.#storage?.due.stop();
  }

  turnTrace(actor: ActorRef): TraceContext | undefined {
    return this.#turns.active(actor)?.turn?.trace;
  }

  metadata(): ActorRuntimeInfo {
    const { placement, isPlacementRequested } = this.#options;
    const types = this.#turns.types();
    const isPlacing = this.#storage !== undefined && types.length > 0;
    if (!isPlacementRequested && !isPlacing) return actorsDisabled;
    const isConnected = placement.status === 'connected';
    return {
      runtimeStatus: this.#isReady ? 'RUNNING' : 'INITIALIZING',
      activeActors: types.map((type) => ({ type, count: this.#turns.countOf(type) })),
      // as in the reference, a host without actor types is ready too
      hostReady: this.#isReady && isConnected && types.every((type) => this.#ownsAny(type)),
      placement: this.#isReady && placement.status !== '' ? `placement: ${placement.status}` : '',
    };
  }

  async close(): Promise<void> {
    this.#turns.markStopping();
    this.#owners.markStopping();
    this.#storage?.due.stop();
    // First, so that waiting calls are sent to the new owners of the actors.
    await this.#options.placement.close();
    await this.#turns.close();
    await this.#storage?.relay.stop(relayDrainTimeoutMs);
  }

  #openStorage(store: ActorStore, limiter: KeyedConcurrencyLimiter): ActorStorage {
    const { placement, publisher, recorder, clock, random, log } = this.#options;
    const callFor = (traceparent: string): Call => this.#callFor(traceparent);
    const relay = new OutboxRelay({ store: store.outbox, publisher, recorder, clock, log, callFor });
    const writes = new Writes({ store, placement, relay });
    const firing = new ReminderFiring({ turns: this.#turns, writes, placement, recorder, clock, log, callFor });
    const due = new DueReminders({
      store: store.reminders,
      placement,
      limiter,
      clock,
      log,
      fire: (it) => firing.fire(it),
    });
    writes.due = due;
    const reminders = new Reminders({ store, turns: this.#turns, writes, placement, recorder, clock, random });
    const limits = { ...defaultTurnLimits, ...this.#options.limits };
    const commits = new TurnCommit({ turns: this.#turns, writes, reminders, publisher, recorder, limits });
    return { store, relay, due, reminders, commits };
  }

  #partitionListener({ due }: ActorStorage): PartitionListener {
    return {
      onAcquired: () => due.onAcquired(),
      onRevoked: (fences, limitMs, onEmptied) => {
        due.onRevoked(fences);
        return this.#turns.deactivatePartitions(fences, limitMs, onEmptied);
      },
    };
  }

  /** The app has not reported yet what it hosts: an actor without another host may be its own. */
  async #invokeEarly(call: Call, invoke: () => Promise<ActorReply>): Promise<ActorReply> {
    try {
      return await invoke();
    } catch (cause) {
      if (!hasCode(cause, 'ERR_ACTOR_NO_ADDRESS')) throw cause;
      const timeoutError = (): Error => cause as Error;
      await withTimeout(this.#options.clock, earlyCallTimeoutMs, () => this.#ready.promise, timeoutError);
      call.signal.throwIfAborted();
      return invoke();
    }
  }

  async #atOwner(
    call: Call,
    actor: ActorRef,
    name: string,
    operation: { runLocally: () => Promise<void>; remoteRequest: () => PeerRequest },
  ): Promise<void> {
    // A turn that is being drained may still set timers and reminders: it holds the actor.
    const isInside = this.#turns.active(actor)?.turn !== undefined;
    await this.#owners.run(call, actor, {
      ...operation,
      name: `${actor.type}/${actor.id} ${name}`,
      isInside,
      parseReply: () => {},
    });
  }

  async #storageForReminder(actor: ActorRef, name: string): Promise<ActorStorage> {
    checkActor(actor);
    checkName('reminder name', name);
    return this.#storageForReminders(actor.type);
  }

  async #storageForReminders(type: string): Promise<ActorStorage> {
    if (isReserved(type)) throw actorTypeReserved(type);
    const storage = this.#requireStorage();
    if (!(await this.#hosts(type))) throw reminderNotHosted(type);
    return storage;
  }

  /** Whether the app hosts the type; waits briefly for an app that has not reported yet. */
  async #hosts(type: string): Promise<boolean> {
    if (!this.#isReady) {
      const timeoutError = (): Error => reminderNotHosted(type);
      await withTimeout(this.#options.clock, readinessTimeoutMs, () => this.#ready.promise, timeoutError);
    }
    return this.#config.types.has(type);
  }

  #ownsAny(type: string): boolean {
    return this.#options.placement.fences().some((fence) => fence.type === type);
  }

  #checkAppActor(actor: ActorRef): void {
    checkActor(actor);
    if (isReserved(actor.type)) throw actorTypeReserved(actor.type);
  }

  #requireStorage(): ActorStorage {
    if (this.#storage) return this.#storage;
    throw this.#options.isPlacementRequested ? actorRuntimeNotFound() : actorPlacementMissing();
  }

  /** A call that the sidecar starts, in the given trace or in a new one. */
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
