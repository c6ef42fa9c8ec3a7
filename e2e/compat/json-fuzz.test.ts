import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { JsonBodies } from './json-bodies.ts';
import { startWithApp } from './sidecar-pair.ts';
import type { SidecarWithApp } from './sidecar-pair.ts';

/** A folder with daprd: the same bodies are sent to it and to this sidecar. */
const folder = process.env['DAPRD_FOLDER'];
const skip = folder === undefined ? 'DAPRD_FOLDER names no folder with a daprd' : false;
const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const share = Number(process.env['FUZZ_SHARE'] ?? 1);
const json = { 'content-type': 'application/json' };
const pair: SidecarWithApp[] = [];

before(async () => {
  if (folder === undefined) return;
  const list = '[{"pubsubname":"pubsub","topic":"t","route":"/event"}]';
  pair.push(...(await Promise.all([startWithApp(list, join(folder, 'daprd')), startWithApp(list)])));
});
after(() => Promise.all(pair.map((sidecar) => sidecar.stop())));

/** The observed effect of a case on one sidecar; `why` is the text of an error. */
interface Observed {
  readonly status: number;
  readonly shown: unknown;
  readonly why: string;
}
type Observe = (sidecar: SidecarWithApp) => Promise<Observed>;

/** Intended differences; each is listed in docs/compatibility.md. */
function isExplained(reference: Observed, ours: Observed): boolean {
  const events = JSON.stringify(ours.shown);
  if (ours.status === 400 && reference.status < 300) return ours.why.includes('is a required field');
  // It panics on a CloudEvent that is null.
  if (reference.status === 0) return ours.status >= 400;
  if (reference.status !== ours.status) return false;
  return (
    /number -?1e(400|999)/.test(events) ||
    (events.includes('data_base64') && /\ufffd/.test(JSON.stringify(reference.shown)))
  );
}

/**
 * In the request of a transaction the reference selects a random one (in the order of a Go map) of several names for one
 * member that differ in case only.
 */
function hasTwinNames(body: Buffer): boolean {
  const spellings = new Map<string, string>();
  for (const [, name = ''] of body.toString('utf8').matchAll(/"(key|value|etag|metadata|options)"\s*:/giu)) {
    const folded = name.toLowerCase().replace('\u017f', 's');
    if ((spellings.get(folded) ?? name) !== name) return true;
    spellings.set(folded, name);
  }
  return false;
}

/** Runs a case on both and collects the differences; `isRandom` selects bodies that the reference does not handle deterministically. */
async function compare(
  t: TestContext,
  count: number,
  next: (at: number) => { body: Buffer; observe: Observe },
  isRandom: (body: Buffer) => boolean = () => false,
) {
  const different: string[] = [];
  const total = count * share;
  let explained = 0;
  for (let at = 0; at < total; at++) {
    const { body, observe } = next(at);
    const [reference, ours] = await Promise.all(pair.map(observe));
    if (!reference || !ours || isDeepStrictEqual([reference.status, reference.shown], [ours.status, ours.shown]))
      continue;
    if (isExplained(reference, ours) || isRandom(body)) {
      explained += 1;
      continue;
    }
    const text = body.toString('latin1');
    const cut = text.length > 400 ? `${text.slice(0, 200)}…${text.slice(-60)}` : text;
    different.push(`${at}: ${cut}\n  reference ${JSON.stringify(reference)}\n  ours      ${JSON.stringify(ours)}`);
  }
  t.diagnostic(`${total} bodies, ${explained} explained differences, ${different.length} others`);
  assert.equal(different.length, 0, `${different.length} of ${total}:\n${different.slice(0, 40).join('\n')}`);
}

const stored = async (sidecar: SidecarWithApp, key: string): Promise<unknown[]> => {
  const responses = await Promise.all(
    [key, `${key}b`].map((name) => sidecar.request('GET', `/v1.0/state/statestore/${name}`)),
  );
  return responses.map(({ status, body }) => [status, body]);
};

test('POST /v1.0/state/:store: both sidecars return the same status and store the same values', { skip }, async (t) => {
  const bodies = new JsonBodies(seed);
  await compare(t, 900, (at) => {
    const key = `k${at}`;
    const body = bodies.stateItems(key);
    const observe: Observe = async (sidecar) => {
      const { status, body: why } = await sidecar.request('POST', '/v1.0/state/statestore', body, json);
      return { status, shown: await stored(sidecar, key), why };
    };
    return { body, observe };
  });
});

test(
  'POST /v1.0/state/:store/transaction: both sidecars return the same status and store the same values',
  { skip },
  async (t) => {
    const bodies = new JsonBodies(seed + 1);
    const next = (at: number): { body: Buffer; observe: Observe } => {
      const key = `t${at}`;
      const body = bodies.transaction(key);
      const observe: Observe = async (sidecar) => {
        const { status, body: why } = await sidecar.request('POST', '/v1.0/state/statestore/transaction', body, json);
        return { status, shown: await stored(sidecar, key), why };
      };
      return { body, observe };
    };
    await compare(t, 600, next, hasTwinNames);
  },
);

test('POST /v1.0/state/:store/bulk: both sidecars return the same status and body', { skip }, async (t) => {
  const bodies = new JsonBodies(seed + 2);
  await compare(t, 250, (at) => {
    const body = bodies.bulkGet(`k${at}`);
    const observe: Observe = async (sidecar) => {
      const { status, body: text } = await sidecar.request('POST', '/v1.0/state/statestore/bulk', body, json);
      const shown: unknown = status === 200 ? JSON.parse(text.replace(/"etag":"[^"]*"/g, '"etag":""')) : '';
      return { status, shown, why: text };
    };
    return { body, observe };
  });
});

/** An event without its time and generated ids, its numbers as they were written. */
function essence(event: string): unknown {
  const exact = JSON.parse(event, function (_name: string, value: unknown, { source }: { source?: string }) {
    return typeof value === 'number' ? `number ${source}` : value;
  } as (name: string, value: unknown) => unknown) as Record<string, unknown>;
  for (const name of ['id', 'time', 'traceid', 'traceparent', 'tracestate', 'expiration']) delete exact[name];
  return sorted(exact);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value.toWellFormed() : value;
  const entries = Object.entries(value).map(([name, part]) => [name.toWellFormed(), sorted(part)] as const);
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Publishes the body, then an end event, and waits for all events before it. */
async function delivered(sidecar: SidecarWithApp, path: string, body: Buffer, type: string): Promise<Observed> {
  const { status, body: why } = await sidecar.request('POST', path, body, { 'content-type': type });
  if (status >= 300 || status === 0) {
    // Of a partly failed bulk this sidecar publishes the rest, the reference nothing.
    await new Promise((resolve) => setTimeout(resolve, 15));
    sidecar.takeEvents();
    return { status, shown: [], why };
  }
  await sidecar.request('POST', '/v1.0/publish/pubsub/t', Buffer.from('"end"'), json);
  const isEnd = (event: unknown): boolean => JSON.stringify(event).includes('["data","end"]');
  const events: unknown[] = [];
  for (let tries = 0; tries < 200 && !events.some(isEnd); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 4));
    events.push(...sidecar.takeEvents().map(essence));
  }
  // Deliveries run concurrently: the last may overtake the others.
  await new Promise((resolve) => setTimeout(resolve, 12));
  events.push(...sidecar.takeEvents().map(essence));
  const shown = events.filter((event) => !isEnd(event)).map((event) => JSON.stringify(event));
  return { status, shown: shown.toSorted(), why };
}

test('POST /v1.0/publish: both sidecars return the same status and deliver the same events', { skip }, async (t) => {
  const bodies = new JsonBodies(seed + 3);
  await compare(t, 350, () => {
    const { data, type } = bodies.event();
    return { body: data, observe: (sidecar) => delivered(sidecar, '/v1.0/publish/pubsub/t', data, type) };
  });
});

test(
  'POST /v1.0/publish/bulk: both sidecars return the same status and deliver the same events',
  { skip },
  async (t) => {
    const bodies = new JsonBodies(seed + 4);
    await compare(t, 450, (at) => {
      const body = bodies.bulkEvents(`e${at}`);
      const path = '/v1.0/publish/bulk/pubsub/t';
      return { body, observe: (sidecar) => delivered(sidecar, path, body, 'application/json') };
    });
  },
);

interface Listed {
  readonly topic?: string;
  readonly pubsubname?: string;
}

test('GET /dapr/subscribe: the same response of the app creates the same subscriptions', { skip }, async () => {
  const bodies = new JsonBodies(seed + 5);
  for (let at = 0; at < 30 * share; at++) {
    const body = bodies.subscriptions();
    const text = body.toString('latin1');
    const reference = startWithApp(body, join(folder ?? '', 'daprd')).catch((cause: unknown) => {
      // It allocates memory for that many messages at once, and usually crashes.
      if (/maxMessagesCount"\s*:\s*2147483647/i.test(text)) return undefined;
      throw cause;
    });
    const shown = [reference, startWithApp(body)].map(async (starting) => {
      const sidecar = await starting;
      if (sidecar === undefined) return undefined;
      const { body: metadata } = await sidecar.request('GET', '/v1.0/metadata');
      await sidecar.stop();
      const { subscriptions = [] } = JSON.parse(metadata) as { subscriptions?: Listed[] };
      // The reference also lists those without a topic or a broker, which are not active.
      const usable = subscriptions.filter(({ topic, pubsubname }) => topic && pubsubname);
      return usable.toSorted(({ topic: a = '' }, { topic: b = '' }) => (a < b ? -1 : 1)).map(sorted);
    });
    const [theirs, ours] = await Promise.all(shown);
    if (theirs !== undefined) assert.deepEqual(ours, theirs, text);
  }
});
