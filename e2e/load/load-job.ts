/** A job for the load process. */
export interface LoadJob {
  readonly protocol: 'http' | 'grpc';
  readonly port: number;
  /** The number of concurrent callers. */
  readonly callers: number;
  readonly seconds: number;
  readonly requests: RequestPlan;
}

export interface RequestPlan {
  readonly method: string;
  /** `{key}` is replaced by one key after the other; each caller has different keys. */
  readonly path: string;
  /** JSON with `{key}`; for gRPC the message as JSON. */
  readonly body?: string;
  /** How many keys all callers have together. */
  readonly keys: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly calls: number;
  /** Responses other than 2xx or gRPC's OK, and failed connections. */
  readonly failures: number;
}

/** Keys of caller `at`: no two callers share one, so that no caller waits for a row lock of another. */
export function keysOf(at: number, job: LoadJob): string[] {
  const each = Math.max(1, Math.floor(job.requests.keys / job.callers));
  return Array.from({ length: Math.min(each, 64) }, (_, n) => {
    const spread = Math.floor((n * each) / Math.min(each, 64));
    return `k${at * each + spread}`;
  });
}
