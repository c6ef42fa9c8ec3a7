import type { FailurePolicy, WireFailurePolicy } from '#core/failure-policy.ts';
import type { Job, JobData } from './job-store.ts';

/**
 * A job in the shape of Dapr's message: decoded messages are assignable to this type, and values of it can be encoded.
 */
export interface WireJob {
  readonly name: string;
  readonly schedule?: string;
  readonly repeats?: number;
  readonly dueTime?: string;
  readonly ttl?: string;
  readonly data?: JobData;
  readonly failurePolicy?: WireFailurePolicy;
}

export function wireJob(job: Job) {
  const { name, schedule, repeats, dueTime, ttl, data } = job;
  return {
    name,
    ...(schedule === undefined ? {} : { schedule }),
    ...(repeats === undefined ? {} : { repeats }),
    ...(dueTime === undefined ? {} : { dueTime }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(data === undefined ? {} : { data }),
    failurePolicy: wirePolicy(job.failurePolicy),
  };
}

function wirePolicy(policy: FailurePolicy) {
  if (policy.kind === 'drop') return { policy: { case: 'drop' as const, value: {} } };
  const { intervalMs, maxRetries } = policy;
  const seconds = Math.floor(intervalMs / 1000);
  const interval = { seconds: BigInt(seconds), nanos: Math.round((intervalMs - seconds * 1000) * 1e6) };
  const value = { interval, ...(maxRetries === undefined ? {} : { maxRetries }) };
  return { policy: { case: 'constant' as const, value } };
}
