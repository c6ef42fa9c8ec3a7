import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BulkStateItem, StateBlock } from '#blocks/state/state.ts';
import { bodyAs, bodyText, queryMetadata } from './body.ts';
import { compactJson } from './compact-json.ts';
import { callOf } from '../server/request-call.ts';
import { bulkGet, bulkGetShape, stateItems, stateItemsShape, transaction, transactionShape } from './state-body.ts';

interface StorePath {
  readonly storeName: string;
}

interface KeyPath extends StorePath {
  readonly key: string;
}

/** The routes under `v1.0/state`, and the query. The store is checked before the body. */
export function stateRoutes(app: FastifyInstance, state: StateBlock): void {
  app.get<{ Params: KeyPath }>('/v1.0/state/:storeName/:key', async (request, reply) => {
    const { storeName, key } = request.params;
    const { consistency } = queryOf(request);
    const stored = await state.get(callOf(request), { storeName, key, consistency, metadata: queryMetadata(request) });
    if (stored === undefined) return noContent(reply);
    for (const [name, value] of Object.entries(stored.metadata)) reply.header(`metadata.${name}`, value);
    return reply.header('etag', stored.etag).type('application/json').send(stored.data);
  });

  app.delete<{ Params: KeyPath }>('/v1.0/state/:storeName/:key', async (request, reply) => {
    const { storeName, key } = request.params;
    const { concurrency, consistency } = queryOf(request);
    await state.delete(callOf(request), {
      storeName,
      key,
      etag: request.headers['if-match'],
      options: { concurrency, consistency },
      metadata: queryMetadata(request),
    });
    return noContent(reply);
  });

  postOrPut(app, '/v1.0/state/:storeName', async (request, reply) => {
    const { storeName } = request.params;
    state.requireStore(storeName);
    const states = stateItems(bodyAs(stateItemsShape, request), queryMetadata(request));
    await state.save(callOf(request), { storeName, states });
    return noContent(reply);
  });

  postOrPut(app, '/v1.0/state/:storeName/bulk', async (request, reply) => {
    const { storeName } = request.params;
    state.requireStore(storeName);
    const bulkRequest = bulkGet(storeName, bodyAs(bulkGetShape, request), queryMetadata(request));
    const items = await state.getBulk(callOf(request), bulkRequest);
    return sendJson(reply, `[${items.map(bulkItem).join(',')}]`);
  });

  postOrPut(app, '/v1.0/state/:storeName/transaction', async (request, reply) => {
    const { storeName } = request.params;
    state.requireStore(storeName);
    const changes = transaction(storeName, bodyAs(transactionShape, request), queryMetadata(request));
    await state.transact(callOf(request), changes);
    return noContent(reply);
  });

  postOrPut(app, '/v1.0-alpha1/state/:storeName/query', async (request, reply) => {
    const { storeName } = request.params;
    const metadata = queryMetadata(request);
    const { results, token } = await state.query(callOf(request), { storeName, query: bodyText(request), metadata });
    if (results.length === 0) return noContent(reply);
    const items = results.map(bulkItem).join(',');
    const end = token === '' ? '' : `,"token":${JSON.stringify(token)}`;
    return sendJson(reply, `{"results":[${items}]${end}}`);
  });
}

type StoreRequest = FastifyRequest<{ Params: StorePath }>;
type StoreHandler = (request: StoreRequest, reply: FastifyReply) => Promise<FastifyReply>;

function postOrPut(app: FastifyInstance, url: string, handler: StoreHandler): void {
  app.route<{ Params: StorePath }>({ method: ['POST', 'PUT'], url, handler });
}

/** Bytes, since the router would add a charset to the content type of text, which Dapr does not. */
function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json').send(Buffer.from(text));
}

function noContent(reply: FastifyReply): FastifyReply {
  return reply.code(204).send();
}

/** The plain parameters; of repeated ones the first is used. */
function queryOf(request: FastifyRequest): { concurrency?: string; consistency?: string } {
  const query = request.query as Readonly<Record<string, string | readonly string[] | undefined>>;
  const first = (name: string): string | undefined => {
    const value = query[name];
    return typeof value === 'object' ? value[0] : value;
  };
  return { concurrency: first('concurrency'), consistency: first('consistency') };
}

/**
 * `data` is the stored JSON itself. Bytes that are not JSON (the gRPC API accepts any) would break the whole response.
 */
function bulkItem({ key, data, etag, metadata, error }: BulkStateItem): string {
  const text = data === undefined || data.length === 0 ? undefined : Buffer.from(data).toString('utf8');
  const embedded = text === undefined ? undefined : compactJson(text);
  const failure = error ?? (text !== undefined && embedded === undefined ? notJson : undefined);
  let item = `{"key":${JSON.stringify(key)}`;
  if (embedded !== undefined) item += `,"data":${embedded}`;
  if (etag !== undefined) item += `,"etag":${JSON.stringify(etag)}`;
  if (metadata !== undefined) item += `,"metadata":${JSON.stringify(metadata)}`;
  if (failure !== undefined) item += `,"error":${JSON.stringify(failure)}`;
  return `${item}}`;
}

const notJson = 'the value is not JSON; read it by its key';
