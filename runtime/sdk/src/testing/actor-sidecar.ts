import type { Transport, TransportRequest, TransportResponse } from '../transport.ts';

/** An in-memory sidecar for tests: what it stores for actors. */
export interface ActorSidecar extends Transport {
  /** By `type/id/key`; JSON text. */
  readonly state: Map<string, string>;
  /** By `type/id/name`; the schedule as given. */
  readonly reminders: Map<string, unknown>;
  /** CloudEvent ids in the order they reached the broker. */
  readonly published: string[];
  /** `METHOD what`, in order. */
  readonly calls: string[];
  /** Requests whose call matches fail from now on; undefined ends it. */
  failing: RegExp | undefined;
}

interface Batch {
  readonly operation: 'upsert' | 'delete';
  readonly request: { readonly key: string; readonly value?: unknown };
}

/** A sidecar's actor routes in memory: with the turn route, or without it like upstream. */
export function actorSidecar({ hasTurnRoute }: { readonly hasTurnRoute: boolean }): ActorSidecar {
  const sidecar: ActorSidecar = {
    state: new Map(),
    reminders: new Map(),
    published: [],
    calls: [],
    failing: undefined,
    async send(request) {
      const url = new URL(request.path, 'http://sidecar');
      const [, version = '', kind = '', ...rest] = url.pathname.split('/');
      const verb = kind === 'publish' ? 'publish' : (rest.slice(2).join('/') ?? '');
      const call = `${request.method} ${verb}`;
      sidecar.calls.push(call);
      if (sidecar.failing?.test(call)) return response(500, { errorCode: 'ERR', message: `${call} fails` });
      if (kind === 'publish') {
        sidecar.published.push(url.searchParams.get('metadata.cloudevent.id') ?? '');
        return response(204);
      }
      const actor = rest.slice(0, 2).join('/');
      if (version === 'v1.0-outrigger') return hasTurnRoute ? turn(sidecar, actor, request) : response(404, {});
      const [resource, name = ''] = rest.slice(2);
      if (resource === 'state') return state(sidecar, actor, name, request);
      if (request.method === 'DELETE') sidecar.reminders.delete(`${actor}/${name}`);
      else sidecar.reminders.set(`${actor}/${name}`, json(request));
      return response(204);
    },
    async close() {},
  };
  return sidecar;
}

function turn(sidecar: ActorSidecar, actor: string, request: TransportRequest): TransportResponse {
  const { operations, reminders, events } = json(request) as {
    operations: Batch[];
    reminders: { operation: 'set' | 'delete'; name: string }[];
    events: { metadata: Record<string, string> }[];
  };
  apply(sidecar, actor, operations);
  for (const { operation, name, ...schedule } of reminders) {
    if (operation === 'delete') sidecar.reminders.delete(`${actor}/${name}`);
    else sidecar.reminders.set(`${actor}/${name}`, schedule);
  }
  for (const { metadata } of events) sidecar.published.push(metadata['cloudevent.id'] ?? '');
  return response(204);
}

function state(sidecar: ActorSidecar, actor: string, key: string, request: TransportRequest): TransportResponse {
  if (request.method === 'GET') {
    const text = sidecar.state.get(`${actor}/${key}`);
    return text === undefined ? response(204) : response(200, JSON.parse(text));
  }
  apply(sidecar, actor, json(request) as Batch[]);
  return response(204);
}

function apply(sidecar: ActorSidecar, actor: string, operations: readonly Batch[]): void {
  for (const { operation, request } of operations) {
    const key = `${actor}/${request.key}`;
    if (operation === 'delete') sidecar.state.delete(key);
    else sidecar.state.set(key, JSON.stringify(request.value));
  }
}

const json = ({ body }: TransportRequest): unknown => JSON.parse(String(body));

const response = (status: number, body?: unknown): TransportResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)),
});
