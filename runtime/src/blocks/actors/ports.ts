import type { Call } from '#core/call.ts';
import type { FailurePolicy } from '#core/failure-policy.ts';
import type { StoredValue } from '../state/state-store.ts';

export interface ActorRef {
  readonly type: string;
  readonly id: string;
}

/** Each actor type is cut into this many partitions; an actor belongs to the one its id hashes to. */
export const partitionCount = 64;

/** Proof of ownership: a write that carries a stale epoch is refused by the store, in the same statement. */
export interface Fence {
  readonly type: string;
  readonly partition: number;
  readonly hostId: string;
  readonly epoch: number;
}

export type ActorStateOperation =
  | { readonly kind: 'set'; readonly key: string; readonly value: Uint8Array; readonly ttlSeconds?: number }
  | { readonly kind: 'delete'; readonly key: string };

/** A durable alarm. `data` is the JSON text the app gave, or undefined. Times are milliseconds since the epoch. */
export interface Reminder {
  readonly actor: ActorRef;
  readonly name: string;
  readonly data?: string;
  readonly dueAt: number;
  /** As the app wrote them, to be given back to it. */
  readonly dueTime: string;
  readonly period: string;
  /** Undefined fires once. Repetitions left include the next one; undefined means no limit. */
  readonly periodMs?: number;
  readonly repetitionsLeft?: number;
  readonly expiresAt?: number;
  /** Undefined is the wire's usual one. */
  readonly failurePolicy?: FailurePolicy;
  /** The trace it was set in, so that what it causes belongs to the same story. */
  readonly traceparent: string;
  /** Grows with each overwrite, so that a firing under way cannot advance its successor. */
  readonly version: string;
}

export type ReminderChange =
  | { readonly kind: 'set'; readonly reminder: Reminder; readonly overwrite: boolean }
  | { readonly kind: 'delete'; readonly name: string }
  /** After a firing: next due time, or gone when `next` is undefined. Does nothing when `version` is no longer current. */
  | { readonly kind: 'advance'; readonly name: string; readonly version: string; readonly next?: Reminder };

/** An event on its way to a broker, kept until the broker has stored it. */
export interface OutboxEvent {
  readonly id: string;
  readonly pubsub: string;
  readonly topic: string;
  /** The finished CloudEvent envelope or raw bytes. */
  readonly data: Uint8Array;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly traceparent: string;
}

/** All that one turn changed. It is committed whole or not at all. */
export interface TurnChanges {
  readonly operations: readonly ActorStateOperation[];
  readonly reminders: readonly ReminderChange[];
  readonly events: readonly OutboxEvent[];
}

/** Keeps what actors know. */
export interface ActorStore {
  get(call: Call, actor: ActorRef, key: string): Promise<StoredValue | undefined>;
  /** Rejects with `actorOwnershipLost` when the fence is stale, `reminderExists` for a set without overwrite; nothing was written then. */
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
   * Events of this app that no relay holds, oldest first; they are leased to the caller for `leaseMs`.
   * Two relays never get the same event within a lease.
   */
  claim(limit: number, leaseMs: number): Promise<readonly OutboxEvent[]>;
  /** The broker has stored them. */
  remove(ids: readonly string[]): Promise<void>;
}

export interface ActorHost {
  /** New with each process start. */
  readonly id: string;
  readonly appId: string;
  /** Where other sidecars reach it. A newcomer at the same address takes the place of the one before at once. */
  readonly address: string;
  readonly types: readonly string[];
}

export interface OwnershipTable {
  readonly hosts: readonly ActorHost[];
  /** One row per owned partition whose host's lease is alive. */
  readonly owned: readonly {
    readonly type: string;
    readonly partition: number;
    readonly hostId: string;
    readonly epoch: number;
  }[];
}

/** Who hosts what, with leases judged by the database's clock. */
export interface OwnershipStore {
  /** Renews the host's lease (inserting the host when new), drops hosts whose lease ended, and reads the table. */
  heartbeat(host: ActorHost, leaseMs: number): Promise<OwnershipTable>;
  /** Takes those of the partitions that nobody alive owns, each with a new epoch. Waits for writes under the old epoch. */
  claim(host: ActorHost, type: string, partitions: readonly number[]): Promise<readonly Fence[]>;
  release(fences: readonly Fence[]): Promise<void>;
  read(): Promise<OwnershipTable>;
  /** The host is going: its lease and partitions are free at once. */
  leave(hostId: string): Promise<void>;
}

/**
 * Calls into the user's actors. The HTTP form is PUT/DELETE /actors/{type}/{id}/…; exactly 200 is success. `turn` names
 * the turn the call belongs to; the app may send it back with what it saves.
 */
export interface ActorApp {
  method(call: Call, actor: ActorRef, method: string, request: ActorRequest): Promise<ActorReply>;
  /** True when the app asked to cancel it (`X-DaprReminderCancel`). */
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
