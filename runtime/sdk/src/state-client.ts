import { encodePart } from './path.ts';
import { errorOfResponse, expectSuccess, jsonOf } from './sidecar-call.ts';
import type { SendToSidecar } from './sidecar-call.ts';

export interface StateItem<T> {
  readonly value: T;
  readonly etag: string;
}

export type StateOperation =
  | { readonly operation: 'upsert'; readonly key: string; readonly value: unknown; readonly etag?: string }
  | { readonly operation: 'delete'; readonly key: string; readonly etag?: string };

/** One state store. Values are JSON. */
export interface StateClient {
  /** Undefined when there is none. */
  get<T>(key: string): Promise<StateItem<T> | undefined>;
  /** The last write wins. */
  put(key: string, value: unknown, options?: { readonly ttlSeconds?: number }): Promise<void>;
  /** False when the key exists already; nothing was written then. */
  create(key: string, value: unknown): Promise<boolean>;
  /** False when the etag is stale; nothing was written then. */
  update(key: string, value: unknown, etag: string): Promise<boolean>;
  /** False when the etag is stale. Deleting what is not there succeeds. */
  delete(key: string, etag?: string): Promise<boolean>;
  /** All or nothing. */
  transact(operations: readonly StateOperation[]): Promise<void>;
}

export function stateClient(send: SendToSidecar, store: string): StateClient {
  const base = `/v1.0/state/${encodePart(store)}`;
  const save = async (item: Record<string, unknown>): Promise<boolean> => {
    const response = await send({ method: 'POST', path: base, body: JSON.stringify([item]) });
    if (response.status === 409) return false;
    expectSuccess(response, `save state in ${store}`);
    return true;
  };
  return {
    async get<T>(key: string) {
      const operation = `get state ${key} from ${store}`;
      const response = expectSuccess(
        await send({ method: 'GET', path: `${base}/${encodeURIComponent(key)}` }),
        operation,
      );
      if (response.status === 204) return undefined;
      return { value: jsonOf<T>(response, operation), etag: String(response.headers['etag'] ?? '') };
    },
    async put(key, value, { ttlSeconds } = {}) {
      const metadata = ttlSeconds === undefined ? undefined : { ttlInSeconds: String(ttlSeconds) };
      await save({ key, value, metadata });
    },
    create: (key, value) => save({ key, value, options: { concurrency: 'first-write' } }),
    update: (key, value, etag) => save({ key, value, etag, options: { concurrency: 'first-write' } }),
    async delete(key, etag) {
      const headers: Record<string, string> = etag === undefined ? {} : { 'if-match': etag };
      const response = await send({ method: 'DELETE', path: `${base}/${encodeURIComponent(key)}`, headers });
      if (response.status === 409) return false;
      expectSuccess(response, `delete state ${key} from ${store}`);
      return true;
    },
    async transact(operations) {
      const rows = operations.map(({ operation, ...request }) => ({ operation, request }));
      const body = JSON.stringify({ operations: rows });
      const response = await send({ method: 'POST', path: `${base}/transaction`, body });
      if (response.status >= 300) throw errorOfResponse(response, `state transaction in ${store}`);
    },
  };
}
