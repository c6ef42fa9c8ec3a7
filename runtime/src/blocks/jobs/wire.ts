import type { FailurePolicy, Job, JobData } from './job-store.ts';

/** A job as the wire's message has it: decoded messages are legal here, and what is here is legal to encode. */
export interface WireJob {
  readonly name: string;
  readonly schedule?: string;
  readonly repeats?: number;
  readonly dueTime?: string;
  readonly ttl?: string;
  readonly data?: JobData;
  readonly failurePolicy?: WireFailurePolicy;
}

export interface WireFailurePolicy {
  readonly policy:
    | { readonly case: 'drop'; readonly value: object }
    | {
        readonly case: 'constant';
        readonly value: {
          readonly interval?: { readonly seconds: bigint; readonly nanos: number };
          readonly maxRetries?: number;
        };
      }
    | { readonly case: undefined; readonly value?: undefined };
}

/** What the wire does when nobody says what to do: three more tries, a second apart. */
const usualPolicy: FailurePolicy = { kind: 'constant', intervalMs: 1000, maxRetries: 3 };

export function failurePolicyOf(message: WireFailurePolicy | undefined): FailurePolicy {
  const policy = message?.policy;
  if (!policy?.case) return usualPolicy;
  if (policy.case === 'drop') return { kind: 'drop' };
  const { interval, maxRetries } = policy.value;
  const intervalMs = interval ? Number(interval.seconds) * 1000 + interval.nanos / 1e6 : 0;
  return { kind: 'constant', intervalMs: Math.max(0, intervalMs), ...(maxRetries === undefined ? {} : { maxRetries }) };
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
