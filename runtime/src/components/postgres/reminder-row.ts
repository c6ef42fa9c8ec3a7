import type { Reminder } from '#blocks/actors/ports.ts';
import type { FailurePolicy } from '#core/failure-policy.ts';
import type { Row } from './connection.ts';

/** Columns of the reminders table with their types, as a batch writes them. */
export const reminderColumns = {
  type: 'text',
  actor_id: 'text',
  name: 'text',
  partition: 'integer',
  due_at_ms: 'double precision',
  data: 'text',
  due_time: 'text',
  period: 'text',
  period_ms: 'double precision',
  repetitions_left: 'integer',
  expires_at_ms: 'double precision',
  traceparent: 'text',
  version: 'text',
  failure_policy: 'text',
} as const;

/** For `json_to_recordset`; undefined values are omitted and become null. */
export function reminderFields(
  reminder: Reminder,
  partition: number,
): Partial<Record<keyof typeof reminderColumns, unknown>> {
  return {
    type: reminder.actor.type,
    actor_id: reminder.actor.id,
    name: reminder.name,
    partition,
    due_at_ms: reminder.dueAt,
    data: reminder.data,
    due_time: reminder.dueTime,
    period: reminder.period,
    period_ms: reminder.periodMs,
    repetitions_left: reminder.repetitionsLeft,
    expires_at_ms: reminder.expiresAt,
    traceparent: reminder.traceparent,
    version: reminder.version,
    failure_policy: reminder.failurePolicy && JSON.stringify(reminder.failurePolicy),
  };
}

/** The columns that `reminderOf` reads, in order. */
export const selectedReminderColumns =
  'type, actor_id, name, due_at_ms, data, due_time, period, period_ms, repetitions_left, expires_at_ms, traceparent, version, failure_policy';

export function reminderOf(row: Row): Reminder {
  const [type, id, name, dueAt, data, dueTime, period, periodMs, repetitionsLeft, expiresAt, ...rest] = row;
  const [traceparent, version, policy] = rest;
  return {
    actor: { type: type ?? '', id: id ?? '' },
    name: name ?? '',
    ...(data == null ? undefined : { data }),
    dueAt: Number(dueAt),
    dueTime: dueTime ?? '',
    period: period ?? '',
    ...(periodMs == null ? undefined : { periodMs: Number(periodMs) }),
    ...(repetitionsLeft == null ? undefined : { repetitionsLeft: Number(repetitionsLeft) }),
    ...(expiresAt == null ? undefined : { expiresAt: Number(expiresAt) }),
    traceparent: traceparent ?? '',
    version: version ?? '',
    ...(policy == null ? undefined : { failurePolicy: JSON.parse(policy) as FailurePolicy }),
  };
}
