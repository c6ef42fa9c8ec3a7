import type { PlannedJob } from '#blocks/jobs/job-store.ts';
import type { FailurePolicy } from '#core/failure-policy.ts';
import { bytesOf } from './connection.ts';
import type { Cell, Parameter, Row } from './connection.ts';

/** In the order of `jobParameters` and `jobOf`. */
export const jobColumns = [
  'name',
  'due_at_ms',
  'schedule',
  'repeats',
  'due_time',
  'ttl',
  'data_type',
  'data',
  'failure_policy',
  'expires_at_ms',
  'anchor_at_ms',
  'runs',
  'attempts',
  'traceparent',
  'version',
] as const;

export function jobParameters(job: PlannedJob): readonly Parameter[] {
  const { data } = job;
  return [
    job.name,
    job.dueAt,
    job.schedule ?? null,
    job.repeats ?? null,
    job.dueTime ?? null,
    job.ttl ?? null,
    data?.typeUrl ?? null,
    data ? Buffer.from(data.value.buffer, data.value.byteOffset, data.value.length) : null,
    JSON.stringify(job.failurePolicy),
    job.expiresAt ?? null,
    job.anchorAt,
    job.runs,
    job.attempts,
    job.traceparent,
    job.version,
  ];
}

export function jobOf(row: Row): PlannedJob {
  const [name, dueAt, schedule, repeats, dueTime, ttl, dataType, data, policy, expiresAt, anchorAt, runs] = row;
  const [attempts, traceparent, version] = row.slice(12);
  return {
    name: name ?? '',
    dueAt: Number(dueAt),
    ...text('schedule', schedule),
    ...(repeats == null ? {} : { repeats: Number(repeats) }),
    ...text('dueTime', dueTime),
    ...text('ttl', ttl),
    ...(dataType == null ? {} : { data: { typeUrl: dataType, value: bytesOf(data) } }),
    failurePolicy: JSON.parse(policy ?? '{"kind":"drop"}') as FailurePolicy,
    ...(expiresAt == null ? {} : { expiresAt: Number(expiresAt) }),
    anchorAt: Number(anchorAt),
    runs: Number(runs),
    attempts: Number(attempts),
    traceparent: traceparent ?? '',
    version: version ?? '',
  };
}

function text<Name extends string>(name: Name, cell: Cell | undefined): { readonly [N in Name]?: string } {
  return cell == null ? {} : ({ [name]: cell } as { readonly [N in Name]?: string });
}
