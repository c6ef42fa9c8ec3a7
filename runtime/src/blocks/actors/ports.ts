import type { Call } from '#core/call.ts';
import type { FailurePolicy } from '#core/failure-policy.ts';
import type { StoredValue } from '../state/state-store.ts';

export interface ActorRef {
  readonly type: string;
  readonly id: string;
}

/** Each actor type is divided into this many partitions; an actor belongs to the one its id hashes to. */
export const partitionCount = 64;

/** Proof of ownership: a write with a stale epoch is rejected by the store, in the same statement. */
export interface Fence {
  readonly type: string;
  readonly partition: number;
  readonly hostId: string;
  readonly epoch: number;
}

export type ActorStateOperation =
  | { readonly kind: 'set'; readonly key: string; readonly value: Uint8Array; readonly ttlSeconds?: number }
  | { readonly kind: 'delete'; readonly key: string };

/**
 * A durable reminder. `data` is the JSON text given by the app, or undefined. Times are milliseconds since the epoch.
 */
export interface Reminder {
  readonly actor: ActorRef;
  readonly name: string;
  readonly data?: string;
  readonly dueAt: number;
  /** As the app wrote them, returned unchanged. */
  readonly dueTime: string;
  readonly period: string;
  /** Undefined fires once. Repetitions left include the next one; undefined means no limit. */
  readonly periodMs?: number;
  readonly repetitionsLeft?: number;
  readonly expiresAt?: number;
  /** Undefined means Dapr's default policy. */
  readonly failurePolicy?: FailurePolicy;
  /** The trace it was set in, so that its effects belong to the same trace. */
  readonly traceparent: string;
  /** Changes with each overwrite, so that a running firing cannot advance its successor. */
  readonly version: string;
}

export type ReminderChange =
  | { readonly kind: 'set'; readonly reminder: Reminder; readonly overwrite: boolean }
  | { readonly kind: 'delete'; readonly name: string }
  /**
   * After a firing: next due time, or removed when `next` is undefined. Does nothing when `version` is no longer
   * current.
   */
  | { readonly kind: 'advance'; readonly name: string; readonly version: string; readonly next?: Reminder };

/** An event to be published, stored until the broker has accepted it. */
export interface OutboxEvent {
  readonly id: string;
  readonly pubsub: string;
  readonly topic: string;
  /** The complete CloudEvent envelope or raw bytes. */
  readonly data: Uint8Array;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly traceparent: string;
}

/** All changes of one turn, committed atomically. */
export interface TurnChanges {
  readonly operations: readonly ActorStateOperation[];
  readonly reminders: readonly ReminderChange[];
  readonly events: readonly OutboxEvent[];
}

/** Stores the state, reminders and outgoing events of actors. */
export interface ActorStore {
  get(call: Call, actor: ActorRef, key: string): Promise<StoredValue | undefined>;
  /**
   * Rejects with `actorOwnershipLost` when the fence is stale, `reminderExists` for a set without overwrite; then
   * nothing was written.
   */
  commit(call: Call, actor: ActorRef, fence: Fence, changes: TurnChanges): Promise<void>;
  readonly reminders: ReminderStore;
  readonly outbox: OutboxStore;
  readonly ownership: OwnershipStore;
  close(): Promise<void>;
}

export interface ReminderStore {
  get(call: Call, actor: ActorRef, name: string): Promise<Reminder | undefined>;
  list(call: Call, type: string, id?: string): Promise<readonly Reminder[]>;
  /** Those of the given partitions that are due before `before`, soonest first, at most `limit`. */
  due(partitions: readonly Fence[], before: number, limit: number): Promise<readonly Reminder[]>;
}

export interface OutboxStore {
  /**
   * Events of this app that no relay has leased, oldest first; they are leased to the caller for `leaseMs`. Two relays
   * never get the same event within a lease.
   */
  claim(limit: number, leaseMs: number): Promise<readonly OutboxEvent[]>;
  /** The broker has stored them. */
  remove(ids: readonly string[]): Promise<void>;
}

export interface ActorHost {
  /** New with each process start. */
  readonly id: string;
  readonly appId: string;
  /** Where other sidecars reach it. A new host at the same address replaces the previous one at once. */
  readonly address: string;
  readonly types: readonly string[];
}

export interface OwnershipTable {
  readonly hosts: readonly ActorHost[];
  /** One row per owned partition whose host has a valid lease. */
  readonly owned: readonly {
    readonly type: string;
    readonly partition: number;
    readonly hostId: string;
    readonly epoch: number;
  }[];
}

/** Which host owns what, with leases judged by the database's clock. */
export interface OwnershipStore {
  /** Renews the host's lease (inserting the host when new), drops hosts whose lease ended, and reads the table. */
  heartbeat(host: ActorHost, leaseMs: number): Promise<OwnershipTable>;
  /**
   * Claims those of the partitions that no living host owns, each with a new epoch. Waits for writes under the old
   * epoch.
   */
  claim(host: ActorHost, type: string, partitions: readonly number[]): Promise<readonly Fence[]>;
  release(fences: readonly Fence[]): Promise<void>;
  read(): Promise<OwnershipTable>;
  /** The host stops: its lease and partitions become free at once. */
  leave(hostId: string): Promise<void>;
}

/**
 * Calls into the user's actors. The HTTP form is PUT/DELETE /actors/{type}/{id}/…; exactly 200 is success. `turn` names
 * the turn of the call; the app may return it with what it saves.
 */
export interface ActorApp {
  method(call: Call, actor: ActorRef, method: string, request: ActorRequest): Promise<ActorReply>;
  /** True when the app requested to cancel it (`X-DaprReminderCancel`). */
  reminder(
    call: Call,
    actor: ActorRef,
    name: string,
    body: { data?: string; dueTime: string; period: string; turn?: string },
  ): Promise<{ cancel: boolean }>;
  timer(
    call: Call,
    actor: ActorRef,
    name: string,
    body: { callback: string; data?: string; dueTime: string; period: string; turn?: string },
  ): Promise<{ cancel: boolean }>;
  deactivate(call: Call, actor: ActorRef): Promise<void>;
}

export interface ActorRequest {
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  /** Without `?`. */
  readonly query?: string;
}

export interface ActorReply {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}
