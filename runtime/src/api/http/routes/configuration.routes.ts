import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ConfigurationBlock, GetConfiguration } from '#blocks/configuration/configuration.ts';
import { wireItem } from '#blocks/configuration/wire-item.ts';
import { goJson } from '#core/go-json.ts';
import { queryMetadata } from './body.ts';
import { replyJson } from '../server/json-reply.ts';
import { callOf } from '../server/request-call.ts';

interface StorePath {
  readonly store: string;
}

interface SubscriptionPath extends StorePath {
  readonly id: string;
}

/** Reads and subscriptions, under their stable and alpha paths. */
export function configurationRoutes(app: FastifyInstance, configuration: ConfigurationBlock): void {
  for (const version of ['v1.0', 'v1.0-alpha1']) {
    const path = `/${version}/configuration/:store`;

    app.get<{ Params: StorePath }>(path, async (request, reply) => {
      const { items } = await configuration.get(callOf(request), query(request, request.params.store));
      const entries = Object.entries(items);
      if (entries.length === 0) return reply.code(204).send();
      return json(reply, Object.fromEntries(entries.map(([key, item]) => [key, wireItem(item)])));
    });

    app.get<{ Params: StorePath }>(`${path}/subscribe`, async (request, reply) =>
      replyJson(reply, await configuration.subscribe(callOf(request), query(request, request.params.store))),
    );

    app.get<{ Params: SubscriptionPath }>(`${path}/:id/unsubscribe`, async (request, reply) => {
      const { store: storeName, id } = request.params;
      configuration.requireStore(storeName);
      const { ok, message } = await configuration.unsubscribe({ id, storeName });
      return ok ? replyJson(reply, { ok }) : replyJson(reply.code(500), { message });
    });
  }
}

/** `?key=a&key=b` selects keys, none means all. */
function query(request: FastifyRequest, storeName: string): GetConfiguration {
  const { key = [] } = request.query as { readonly key?: string | readonly string[] };
  return { storeName, keys: typeof key === 'string' ? [key] : key, metadata: queryMetadata(request) };
}

function json(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type('application/json').send(Buffer.from(goJson(value)));
}
