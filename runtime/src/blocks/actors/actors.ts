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

/**
 * Virtual actors, for the HTTP and the gRPC API. Every operation validates names first and throws `badActorRequest`.
 */
export interface ActorsBlock {
  /** Calls one method, wherever the actor is placed. */
  invoke(call: Call, actor: ActorRef, method: string, request: ActorRequest): Promise<ActorReply>;
  /** Undefined when there is no such value. Unlike writes, it works for an actor on any host. */
  getState(call: Call, actor: ActorRef, key: string): Promise<StoredValue | undefined>;
  /** State changes alone, or with reminders and events, atomically. The actor must be active on this host. */
  commit(call: Call, actor: ActorRef, request: TurnRequest, turnId?: string): Promise<void>;
  setReminder(call: Call, actor: ActorRef, name: string, request: ReminderRequest): Promise<void>;
  getReminder(call: Call, actor: ActorRef, name: string): Promise<ReminderView>;
  deleteReminder(call: Call, actor: ActorRef, name: string): Promise<void>;
  /** Those of one actor, or of all actors of the type. */
  listReminders(call: Call, type: string, id?: string): Promise<readonly NamedReminder[]>;
  /** Deletes the reminders that `listReminders` returns now. */
  deleteReminders(call: Call, type: string, id?: string): Promise<void>;
  setTimer(call: Call, actor: ActorRef, name: string, request: TimerRequest): Promise<void>;
  deleteTimer(call: Call, actor: ActorRef, name: string): Promise<void>;
  /** Handles a request of another sidecar that treats this host as an actor's owner. Errors are part of the reply. */
  handlePeerRequest(call: Call, request: PeerRequest): Promise<Reply>;
  /**
   * The app is available and has reported the actor types it hosts, possibly none. May be called again when it
   * reconnects. Resolves when the first partitions are owned, or the attempt failed.
   */
  registerHost(app: ActorApp, config: ActorConfig): Promise<void>;
  /**
   * Resolves when the actors that belong on this host are placed here, or after a timeout. A host that reports itself
   * ready earlier receives calls while its actors still move. Never rejects.
   */
  whenPlacementSettled(signal: AbortSignal): Promise<void>;
  /** The app is unavailable: drains, and releases its actors to other hosts. */
  unregisterHost(): Promise<void>;
  /** The span of the current turn of the actor on this host: requests of the app without a trace belong to it. */
  turnTrace(actor: ActorRef): TraceContext | undefined;
  metadata(): ActorRuntimeInfo;
  /** Starts no new turns; waits for running ones within their drain timeout, and leaves the placement. */
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
  /** Undefined when no state component stores actors; then `placement` is a `nullPlacement`. */
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
   * Whether a placement service is configured, which enables actors in the reference. Without it the metadata shows
   * DISABLED until the app hosts actors and the store can place them.
   */
  readonly isPlacementRequested: boolean;
  /** Upper limit for the drain timeouts of the app (`--actors-disseminate-timeout`). */
  readonly disseminateTimeoutMs?: number;
  readonly limits?: Partial<TurnLimits>;
}
