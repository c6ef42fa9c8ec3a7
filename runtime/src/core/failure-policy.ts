/** What becomes of a job or reminder that the app refuses. */
export type FailurePolicy =
  | { readonly kind: 'drop' }
  /** So many more tries, `intervalMs` apart; without a limit for ever. */
  | { readonly kind: 'constant'; readonly intervalMs: number; readonly maxRetries?: number };

/** As the wire's message has it: decoded messages are legal here. */
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
export const defaultFailurePolicy: FailurePolicy = { kind: 'constant', intervalMs: 1000, maxRetries: 3 };

/** An interval that is left out is none: the next try comes at once. */
export function failurePolicyOf(message: WireFailurePolicy | undefined): FailurePolicy {
  const policy = message?.policy;
  if (!policy?.case) return defaultFailurePolicy;
  if (policy.case === 'drop') return { kind: 'drop' };
  const { interval, maxRetries } = policy.value;
  const intervalMs = interval ? Number(interval.seconds) * 1000 + interval.nanos / 1e6 : 0;
  return { kind: 'constant', intervalMs: Math.max(0, intervalMs), ...(maxRetries === undefined ? {} : { maxRetries }) };
}
