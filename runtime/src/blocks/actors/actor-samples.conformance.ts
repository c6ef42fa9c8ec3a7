import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import type { ActorHost, ActorStore, OutboxEvent, Reminder, TurnChanges } from './ports.ts';

// Sample data of the actor stores' suite, and helpers to read it back.

export const leaseMs = 10_000;

/** Makes a host of `store` own one partition of a type that no other case uses. */
export async function claimPartition(store: ActorStore, { type = randomUUID() as string } = {}) {
  const host = hostOf('orders', [type]);
  await store.ownership.heartbeat(host, leaseMs);
  const [fence] = await store.ownership.claim(host, type, [7]);
  assert.ok(fence, 'the partition was free');
  return { store, host, fence, actor: { type, id: 'one' } };
}

export function hostOf(appId: string, types: readonly string[], address = `127.0.0.1/${randomUUID()}`): ActorHost {
  return { id: randomUUID(), appId, address, types };
}

export const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

export function changes(some: Partial<TurnChanges>): TurnChanges {
  return { operations: [], reminders: [], events: [], ...some };
}

export function set(key: string, value: string) {
  return { kind: 'set', key, value: Buffer.from(value) } as const;
}

export function remove(key: string) {
  return { kind: 'delete', key } as const;
}

export function reminder(actor: Reminder['actor'], name: string, some: Partial<Reminder> = {}): Reminder {
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
  return { actor, name, dueAt: 1000, dueTime: '1s', period: '', traceparent, version: 'v1', ...some };
}

export function setReminder(of: Reminder | Reminder['actor'], name = 'r', { overwrite = true } = {}) {
  return { kind: 'set', reminder: 'actor' in of ? of : reminder(of, name), overwrite } as const;
}

export function event(id: string): OutboxEvent {
  return {
    id,
    pubsub: 'pubsub',
    topic: 'orders',
    data: Buffer.from([0, 255, 10]),
    contentType: 'application/octet-stream',
    metadata: { 'a"b': 'ü', ttlInSeconds: '5' },
    traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
  };
}

export async function textOf(store: ActorStore, actor: Reminder['actor'], key: string): Promise<string | undefined> {
  const stored = await store.get(call, actor, key);
  return stored && Buffer.from(stored.data).toString();
}

export async function rejectsWith(expected: RuntimeError, work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (cause) => cause instanceof RuntimeError && cause.kind.code === expected.kind.code);
}

export function ascending(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
