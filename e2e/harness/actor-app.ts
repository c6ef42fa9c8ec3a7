import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pause } from './store.ts';

/** An app with one actor type over plain HTTP, as a Dapr SDK implements it. */
export interface ActorApp {
  readonly port: number;
  /** Paths of the received calls. */
  readonly calls: readonly string[];
  useSidecar(url: string): void;
  /** The next turn waits before it saves until it is released. */
  holdNextWrite(): { readonly reached: Promise<void>; release(): void; readonly status: Promise<number> };
  close(): Promise<void>;
}

export interface ActorAppOptions {
  /** The time between reading and saving in a turn of `add`. */
  readonly turnMs?: number;
  /** Appends a body even if the list contains it, so that a repeated turn is visible. */
  readonly recordRepeats?: boolean;
  /** `drainOngoingCallTimeout` in the app's configuration. */
  readonly drain?: string;
}

interface Hold {
  readonly reach: () => void;
  readonly released: Promise<void>;
  readonly settle: (status: number) => void;
}

/** Each actor is a list: `add` appends the body unless the list contains it, `list` returns the list. */
export async function actorApp(
  type: string,
  { turnMs = 0, recordRepeats = false, drain = '5s' }: ActorAppOptions = {},
): Promise<ActorApp> {
  /** Turns may arrive before the sidecar has started; they wait. */
  const sidecar = Promise.withResolvers<string>();
  let hold: Hold | undefined;
  const calls: string[] = [];

  const list = async (id: string): Promise<string[]> => {
    const response = await fetch(`${await sidecar.promise}/v1.0/actors/${type}/${id}/state/list`);
    if (response.status === 204) return [];
    if (response.status !== 200) throw new Error(`the state cannot be read: ${response.status}`);
    return (await response.json()) as string[];
  };
  const save = async (id: string, value: readonly string[]): Promise<number> => {
    const body = JSON.stringify([{ operation: 'upsert', request: { key: 'list', value } }]);
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${await sidecar.promise}/v1.0/actors/${type}/${id}/state`, { method: 'POST', body, headers }))
      .status;
  };
  const add = async (id: string, item: string): Promise<number> => {
    const before = await list(id);
    if (before.includes(item) && !recordRepeats) return 204;
    if (turnMs > 0) await pause(turnMs);
    const pending = hold;
    hold = undefined;
    pending?.reach();
    await pending?.released;
    const status = await save(id, [...before, item]);
    pending?.settle(status);
    return status;
  };
  const handle = async (request: IncomingMessage): Promise<readonly [status: number, body: string]> => {
    const path = request.url ?? '';
    const body = await text(request);
    if (path === '/dapr/config')
      return [200, JSON.stringify({ entities: [type], drainOngoingCallTimeout: drain, drainRebalancedActors: true })];
    const [, id = '', method = ''] = /^\/actors\/[^/]+\/([^/]+)\/method\/(.+)$/.exec(path) ?? [];
    if (method === '') return [request.method === 'DELETE' ? 200 : 404, ''];
    calls.push(path);
    if (method === 'list') return [200, JSON.stringify(await list(id))];
    const status = await add(id, body);
    return [status === 204 ? 200 : 500, `saved with ${status}`];
  };

  const server = createServer((request, response) => {
    handle(request).then(
      ([status, body]) => response.writeHead(status, { 'content-type': 'application/json' }).end(body),
      (cause: unknown) => response.writeHead(500).end(String(cause)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    useSidecar: sidecar.resolve,
    holdNextWrite() {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const status = Promise.withResolvers<number>();
      hold = { reach: reached.resolve, released: released.promise, settle: status.resolve };
      return { reached: reached.promise, release: released.resolve, status: status.promise };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
