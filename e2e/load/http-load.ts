import autocannon from 'autocannon';
import { keysOf, type LoadJob } from './load-job.ts';

/** The raw measurements. */
export interface Sample {
  readonly timesMs: number[];
  readonly failures: number;
  readonly elapsedMs: number;
}

/** Loads an HTTP port with autocannon: one connection per caller. */
export function httpLoad(job: LoadJob): Promise<Sample> {
  const { port, callers, seconds, requests } = job;
  const { method, path, body, headers } = requests;
  const timesMs: number[] = [];
  let failures = 0;
  let next = 0;
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const run = autocannon(
      {
        url: `http://127.0.0.1:${port}`,
        connections: callers,
        duration: seconds,
        timeout: 20,
        setupClient(client) {
          client.setRequests(
            keysOf(next++, job).map((key) => ({
              method,
              path: path.replace('{key}', key),
              headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
              ...(body === undefined ? {} : { body: Buffer.from(body.replace('{key}', key)) }),
            })),
          );
        },
      },
      (error) => {
        if (error) reject(error);
        else resolve({ timesMs, failures, elapsedMs: performance.now() - begun });
      },
    );
    run.on('response', (_client: unknown, status: number, _bytes: number, ms: number) => {
      timesMs.push(ms);
      if (status < 200 || status > 299) failures++;
    });
    run.on('reqError', () => failures++);
  });
}
