import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import type { ActorHost, OutboxEvent, Reminder } from '#blocks/actors/ports.ts';
import { type StateRows, stateRows } from './state-rows.ts';

export interface ReminderRow {
  readonly partition: number;
  readonly reminder: Reminder;
}

export interface OutboxRow {
  readonly appId: string;
  readonly event: OutboxEvent;
  leasedUntil: number;
}

export interface PartitionRow {
  hostId: string | undefined;
  epoch: number;
}

/** A database that several simulated sidecars can share: open one `memoryActorStoreOn` it for each host. */
export interface ActorDatabase {
  readonly clock: Clock;
  readonly state: StateRows;
  readonly hosts: Map<string, { host: ActorHost; leaseUntil: number }>;
  readonly partitions: Map<string, PartitionRow>;
  readonly reminders: Map<string, ReminderRow>;
  readonly outbox: Set<OutboxRow>;
}

export function actorDatabase(dependencies: { clock: Clock; random: Random }): ActorDatabase {
  return {
    clock: dependencies.clock,
    state: stateRows(dependencies.clock, dependencies.random),
    hosts: new Map(),
    partitions: new Map(),
    reminders: new Map(),
    outbox: new Set(),
  };
}

/** JSON, since a type or id may hold any separator. */
export function rowKey(...parts: readonly (string | number)[]): string {
  return JSON.stringify(parts);
}
