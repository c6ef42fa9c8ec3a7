import { pause } from '../harness/store.ts';
import { actorType, type CounterState, topic } from './soak-app.ts';
import { type Tally, tally } from './tally.ts';

/** A kind of load: runs until it is stopped, and then checks whether an acknowledged operation was lost. */
export interface Load {
  readonly tally: Tally;
  /** Runs one operation. Called repeatedly by several workers, each with its own number. */
  step(worker: number): Promise<void>;
  /** Lost or duplicated operations; called after the load has stopped. */
  losses(): Promise<readonly string[]>;
}

const timeoutMs = 12_000;

export interface HttpResult {
  readonly status: number;
  readonly text: string;
}

export async function call(url: string, verb: string, body?: unknown): Promise<HttpResult> {
  const response = await fetch(url, {
    method: verb,
    ...(body === undefined
      ? undefined
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { status: response.status, text: await response.text() };
}

/** One call, counted. Undefined when it did not succeed. */
async function counted(
  counts: Tally,
  expected: number,
  work: () => Promise<HttpResult>,
): Promise<HttpResult | undefined> {
  const begun = performance.now();
  try {
    const reply = await work();
    if (reply.status === expected) {
      counts.ok(performance.now() - begun);
      return reply;
    }
    counts.failed(`${reply.status} ${reply.text}`);
  } catch (cause) {
    counts.failed(String(cause));
  }
  // A rejected caller waits before the next call.
  await pause(100);
  return undefined;
}

const keysPerWorker = 100;

/** Writes increasing numbers under many keys and reads them back. */
export function stateLoad(url: string): Load {
  const counts = tally('state');
  const tried = new Map<string, number>();
  const acknowledged = new Map<string, number>();
  const wrong: string[] = [];
  let serial = 0;
  const store = `${url}/v1.0/state/statestore`;

  const valueOf = (text: string): number => (JSON.parse(text) as { n: number }).n;
  const complain = (key: string, storedValue: string): void => {
    const [acked, latest] = [acknowledged.get(key) ?? 0, tried.get(key) ?? 0];
    wrong.push(`${key} is ${storedValue} although ${acked} was acknowledged and ${latest} the last that was sent`);
  };
  const check = (key: string, { status, text }: HttpResult): void => {
    const storedValue = status === 200 ? valueOf(text) : 0;
    if (storedValue < (acknowledged.get(key) ?? 0) || storedValue > (tried.get(key) ?? 0))
      complain(key, `${status} ${text}`);
  };

  return {
    tally: counts,
    async step(worker) {
      const n = ++serial;
      const key = `soak-${worker}-${n % keysPerWorker}`;
      tried.set(key, n);
      const written = await counted(counts, 204, () =>
        call(store, 'POST', [{ key, value: { n, pad: 'x'.repeat(200) } }]),
      );
      if (!written) return;
      acknowledged.set(key, n);
      const read = await counted(counts, 200, () => call(`${store}/${key}`, 'GET'));
      if (read) check(key, read);
    },
    async losses() {
      for (const key of acknowledged.keys()) check(key, await call(`${store}/${key}`, 'GET'));
      return wrong;
    },
  };
}

/** Publishes numbered events; `received` are those that arrived. */
export function publishLoad(url: string, received: ReadonlySet<number>): Load {
  const counts = tally('publish');
  const acked = new Set<number>();
  let serial = 0;
  return {
    tally: counts,
    async step() {
      const n = ++serial;
      const body = { n, sentAt: Date.now() };
      if (await counted(counts, 204, () => call(`${url}/v1.0/publish/pubsub/${topic}`, 'POST', body))) acked.add(n);
    },
    async losses() {
      const missing = (): readonly number[] => [...acked].filter((n) => !received.has(n));
      for (const end = Date.now() + 40_000; missing().length > 0 && Date.now() < end;) await pause(200);
      const lost = missing();
      return lost.length === 0
        ? []
        : [`${lost.length} of ${acked.size} published events never arrived: ${lost.slice(0, 10).join(', ')}`];
    },
  };
}

/** Calls the other app. Neither Postgres nor NATS is involved, so it must never fail. */
export function invokeLoad(url: string, appId: string): Load {
  const counts = tally('invoke');
  let serial = 0;
  return {
    tally: counts,
    async step() {
      const body = { n: ++serial };
      const reply = await counted(counts, 200, () => call(`${url}/v1.0/invoke/${appId}/method/echo`, 'POST', body));
      if (reply && reply.text !== JSON.stringify(body)) counts.failed(`the response of another call: ${reply.text}`);
    },
    losses: () =>
      Promise.resolve(counts.failures === 0 ? [] : [`${counts.failures} invocations failed: ${counts.reasons()}`]),
  };
}

const timerEveryMs = 10_000;

/**
 * Each worker sends numbered orders to its own actor, each until it is acknowledged. Reminders and timers are set at
 * `hostUrl`, the sidecar of the app that hosts the actors.
 */
export function actorLoad(url: string, hostUrl: string): Load {
  const counts = tally('actors');
  const orders = new Map<number, number>();
  const timerSetAt = new Map<number, number>();
  const reminded = new Set<number>();
  const wrong: string[] = [];
  const actorUrl = (worker: number, at = url): string => `${at}/v1.0/actors/${actorType}/soak-${worker}`;

  return {
    tally: counts,
    async step(worker) {
      const actor = actorUrl(worker);
      const host = actorUrl(worker, hostUrl);
      const every = { dueTime: '1s', period: '1s' };
      if (!reminded.has(worker)) {
        if (await counted(counts, 204, () => call(`${host}/reminders/tick`, 'POST', every))) reminded.add(worker);
        return;
      }
      const order = (orders.get(worker) ?? 0) + 1;
      const reply = await counted(counts, 200, () => call(`${actor}/method/add`, 'PUT', { order }));
      if (!reply) return;
      const { last, count } = JSON.parse(reply.text) as CounterState;
      if (last !== order || count !== order) wrong.push(`actor ${worker}: order ${order} left ${reply.text}`);
      orders.set(worker, order);
      // Timers end with the activation, which an outage may end: Dapr leaves it to the app to set them again.
      if (Date.now() - (timerSetAt.get(worker) ?? 0) < timerEveryMs) return;
      if (await counted(counts, 204, () => call(`${host}/timers/tock`, 'POST', every)))
        timerSetAt.set(worker, Date.now());
    },
    async losses() {
      for (const [worker, order] of orders) {
        const { status, text } = await call(`${actorUrl(worker)}/method/add`, 'PUT', { order });
        const { count } = status === 200 ? (JSON.parse(text) as CounterState) : { count: -1 };
        // The last order may have been applied although its response was lost.
        if (count !== order && count !== order + 1) wrong.push(`actor ${worker} has ${text} after ${order} orders`);
      }
      return wrong.slice(0, 10);
    },
  };
}
