import { pause } from '../harness/store.ts';
import { names } from './valid-requests.ts';

export interface UnaffectedClient {
  /** Rounds of valid calls so far. */
  rounds(): number;
  /** The slowest call and its duration. */
  slowest(): string;
  /** Calls with an unexpected response. */
  complaints(): readonly string[];
  stop(): Promise<void>;
}

const timeoutMs = 10_000;
const pauseMs = 20;

/** A client that repeats valid calls and must not be affected by the attack. */
export function startUnaffectedClient(url: string): UnaffectedClient {
  const complaints: string[] = [];
  let rounds = 0;
  let isStopping = false;
  let slowestMs = 0;
  let slowest = '';

  const call = async (verb: string, path: string, expected: number, body?: unknown): Promise<string> => {
    const what = `${verb} ${path}`;
    const begun = Date.now();
    try {
      const response = await fetch(`${url}${path}`, {
        method: verb,
        ...(body === undefined
          ? undefined
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (response.status !== expected) complaints.push(`${what}: ${response.status} ${text.slice(0, 300)}`);
      return text;
    } catch (cause) {
      complaints.push(`${what}: ${String(cause)} ${cause instanceof Error ? String(cause.cause) : ''}`);
      return '';
    } finally {
      const ms = Date.now() - begun;
      if (ms > slowestMs) [slowestMs, slowest] = [ms, what];
    }
  };

  const run = async (): Promise<void> => {
    while (!isStopping && complaints.length < 5) {
      const value = { round: rounds };
      const store = `/v1.0/state/${names.state}`;
      const key = `unaffected-${rounds % 7}`;
      const actor = `/v1.0/actors/${names.actorType}/unaffected`;
      await call('POST', store, 204, [{ key, value }]);
      const read = await call('GET', `${store}/${key}`, 200);
      if (read !== JSON.stringify(value)) complaints.push(`${key} is ${read.slice(0, 100)} instead of ${rounds}`);
      await call('POST', `/v1.0/invoke/${names.app}/method/hello`, 200, value);
      await call('POST', `/v1.0/publish/${names.pubsub}/${names.topic}`, 204, value);
      await call('PUT', `${actor}/method/greet`, 200, value);
      await call('GET', '/v1.0/healthz', 204);
      rounds++;
      await pause(pauseMs);
    }
  };
  const running = run();

  return {
    rounds: () => rounds,
    slowest: () => `${slowest} took ${slowestMs} ms`,
    complaints: () => complaints,
    async stop() {
      isStopping = true;
      await running;
    },
  };
}
