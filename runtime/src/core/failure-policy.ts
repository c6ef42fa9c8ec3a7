/** What happens to a job or reminder that the app fails. */
export type FailurePolicy =
  | { readonly kind: 'drop' }
  /** `maxRetries` retries, `intervalMs` apart; without a limit, unlimited. */
  | { readonly kind: 'constant'; readonly intervalMs: number; readonly maxRetries?: number };

/** The protobuf message's form: decoded messages can be passed directly. */
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

/** Dapr's default: three retries, one second apart. */
export const defaultFailurePolicy: FailurePolicy = { kind: 'constant', intervalMs: 1000, maxRetries: 3 };

/** A missing interval means an immediate retry. */
export function failurePolicyOf(message: WireFailurePolicy | undefined): FailurePolicy {
  const policy = message?.policy;
  if (!policy?.case) return defaultFailurePolicy;
  if (policy.case === 'drop') return { kind: 'drop' };
  const { interval, maxRetries } = policy.value;
  const intervalMs = interval ? Number(interval.seconds) * 1000 + interval.nanos / 1e6 : 0;
  return { kind: 'constant', intervalMs: Math.max(0, intervalMs), ...(maxRetries === undefined ? {} : { maxRetries }) };
}
