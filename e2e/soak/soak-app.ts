import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Tally, tally } from './tally.ts';

export interface SoakApp {
  readonly port: number;
  /** URL of its sidecar, which actors need for their state. Set once the sidecar has started. */
  sidecar: string;
  /** Numbers of events that have arrived. */
  readonly events: ReadonlySet<number>;
  readonly deliveries: Tally;
  readonly reminders: Tally;
  readonly timers: Tally;
  /** When the reminder of each actor fired last. */
  readonly remindedAt: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** The state of an actor: the last applied order, and the number of applied orders. */
export interface CounterState {
  readonly last: number;
  readonly count: number;
}

export const topic = 'soak';
export const actorType = 'Counter';

const actorPath = /^\/actors\/Counter\/([^/]+)\/method\/(.+)$/;

/** The app under load: it echoes, subscribes to events, and hosts counter actors. */
export async function startSoakApp(): Promise<SoakApp> {
  const events = new Set<number>();
  const remindedAt = new Map<string, number>();
  const deliveries = tally('deliver');
  const reminders = tally('reminders');
  const timers = tally('timers');

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await textOf(request);
    const url = request.url ?? '/';
    const [, actor = '', method = ''] = actorPath.exec(url) ?? [];
    if (url === '/dapr/config') return reply(response, { entities: [actorType] });
    if (url === '/dapr/subscribe') return reply(response, [{ pubsubname: 'pubsub', topic, route: '/events' }]);
    if (url === '/events') {
      const { data } = JSON.parse(body) as { data: { n: number; sentAt: number } };
      events.add(data.n);
      deliveries.ok(Date.now() - data.sentAt);
      return reply(response, { status: 'SUCCESS' });
    }
    if (method.startsWith('remind/')) {
      remindedAt.set(actor, Date.now());
      reminders.ok(0);
      return reply(response, {});
    }
    if (method.startsWith('timer/')) {
      timers.ok(0);
      return reply(response, {});
    }
    if (method === 'add') return reply(response, await add(actor, (JSON.parse(body) as { order: number }).order));
    response.setHeader('content-type', 'application/json');
    response.end(body);
  };

  /** Applies an order unless it was applied before: the caller repeats it until it gets a response. */
  const add = async (actor: string, order: number): Promise<CounterState> => {
    const state = `${app.sidecar}/v1.0/actors/${actorType}/${actor}/state`;
    const current = await fetch(`${state}/counter`, { signal: AbortSignal.timeout(10_000) });
    const previous = current.status === 200 ? ((await current.json()) as CounterState) : { last: 0, count: 0 };
    if (current.status !== 200 && current.status !== 204)
      throw new Error(`state: ${current.status} ${await current.text()}`);
    if (order <= previous.last) return previous;
    const next: CounterState = { last: order, count: previous.count + 1 };
    const saved = await fetch(state, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ operation: 'upsert', request: { key: 'counter', value: next } }]),
      signal: AbortSignal.timeout(10_000),
    });
    if (saved.status !== 204) throw new Error(`save: ${saved.status} ${await saved.text()}`);
    return next;
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((cause: unknown) => {
      response.statusCode = 500;
      response.end(String(cause));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const app: SoakApp = {
    port: (server.address() as AddressInfo).port,
    sidecar: '',
    events,
    deliveries,
    reminders,
    timers,
    remindedAt,
    close: () => closed(server),
  };
  return app;
}

function reply(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
