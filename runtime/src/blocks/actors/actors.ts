import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import type { Log } from '#core/log.ts';
import type { NewCall } from '#core/new-call.ts';
import type { Reply } from '#core/message.ts';
import type { TraceContext } from '#core/trace.ts';
import type { PeerRequest, PeerTransport } from '../invoke/peers.ts';
import type { StoredValue } from '../state/state-store.ts';
import type { ActorConfig } from './actor-config.ts';
import type { EventPublisher } from './outbox-relay.ts';
import type { Placement } from './placement.ts';
import type { ActorApp, ActorReply, ActorRef, ActorRequest, ActorStore } from './ports.ts';
import type { NamedReminder, ReminderRequest, ReminderView } from './reminders.ts';
import type { TimerRequest } from './timers.ts';
import type { TurnLimits, TurnRequest } from './turn-commit.ts';

/** Virtual actors, for both doors. Every operation checks names first and throws `badActorRequest`. */
export interface ActorsBlock {
  /** One method call, wherever the actor lives. */
  invoke(call: Call, actor: ActorRef, method: string, request: ActorRequest): Promise<ActorReply>;
  /** Undefined when there is no such value. Unlike what writes, it may be asked of any actor. */
  getState(call: Call, actor: ActorRef, key: string): Promise<StoredValue | undefined>;
  /** State changes alone, or with reminders and events: all or nothing. The actor must be active here. */
  commit(call: Call, actor: ActorRef, request: TurnRequest, turnId?: string): Promise<void>;
  setReminder(call: Call, actor: ActorRef, name: string, request: ReminderRequest): Promise<void>;
  getReminder(call: Call, actor: ActorRef, name: string): Promise<ReminderView>;
  deleteReminder(call: Call, actor: ActorRef, name: string): Promise<void>;
  /** Those of one actor, or of all actors of the type. */
  listReminders(call: Call, type: string, id?: string): Promise<readonly NamedReminder[]>;
  /** Deletes those that `listReminders` would list now. */
  deleteReminders(call: Call, type: string, id?: string): Promise<void>;
  setTimer(call: Call, actor: ActorRef, name: string, request: TimerRequest): Promise<void>;
  deleteTimer(call: Call, actor: ActorRef, name: string): Promise<void>;
  /** Answers another sidecar that takes this host for an actor's owner. Refusals are part of the reply. */
  handlePeerRequest(call: Call, request: PeerRequest): Promise<Reply>;
  /**
   * The app is there and has said which actors it hosts (none is an answer too). May be called again when it comes
   * back. Resolves when the first partitions are owned, or could not be for now.
   */
  registerHost(app: ActorApp, config: ActorConfig): Promise<void>;
  /**
   * Resolves when the actors that should live here do, or after a moment. A host that calls itself ready before has calls
   * run into their move. Never rejects.
   */
  whenPlacementSettled(signal: AbortSignal): Promise<void>;
  /** The app went away: drains, and lets other hosts have its actors. */
  unregisterHost(): Promise<void>;
  /** The span of the turn that the actor is in, here and now: what an app asks of it without a trace comes from there. */
  turnTrace(actor: ActorRef): TraceContext | undefined;
  metadata(): ActorRuntimeInfo;
  /** No new turns; waits for those under way within their drain timeout, and leaves. */
  close(): Promise<void>;
}

/** As `v1.0/metadata` shows it. */
export interface ActorRuntimeInfo {
  readonly runtimeStatus: 'INITIALIZING' | 'DISABLED' | 'RUNNING';
  readonly activeActors: readonly { readonly type: string; readonly count: number }[];
  readonly hostReady: boolean;
  readonly placement: string;
}

export interface ActorsOptions {
  readonly appId: string;
  /** Undefined when no state component keeps actors; then `placement` is a `nullPlacement`. */
  readonly store: ActorStore | undefined;
  readonly placement: Placement;
  readonly peer: PeerTransport;
  readonly publisher: EventPublisher;
  readonly recorder: Recorder;
  readonly newCall: NewCall;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /**
   * Whether a placement service was asked for, which is what switches actors on in the reference. Without it the metadata
   * says DISABLED until the app hosts actors and the store can place them.
   */
  readonly isPlacementRequested: boolean;
  /** No drain timeout of the app may reach it (`--actors-disseminate-timeout`). */
  readonly disseminateTimeoutMs?: number;
  readonly limits?: Partial<TurnLimits>;
}
