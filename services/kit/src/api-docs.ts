import { fastify } from 'fastify';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { StaticDocumentSpec } from '@fastify/swagger';
import { problem } from '@tidewater/contracts/view-schemas.ts';
import { notFound } from './problems.ts';

export type ApiDocument = StaticDocumentSpec['document'];

/** The OpenAPI 3.1 document of an app's routes; those that only its sidecar calls back are left out. */
export async function openApiDocument(name: string, routes: readonly RouteOptions[]): Promise<ApiDocument> {
  const { default: swagger } = await import('@fastify/swagger');
  // A separate app: the one that serves requests gets no hooks or routes for its description.
  const described = fastify();
  described.setValidatorCompiler(() => () => true);
  described.setSerializerCompiler(() => JSON.stringify);
  await described.register(swagger, { openapi: { openapi: '3.1.0', info: { title: name, version: '1' } } });
  for (const { method, url, schema, config } of routes) {
    const access = config?.access ?? 'sidecar';
    if (access === 'callback') continue;
    const response = {
      default: { description: 'An error', content: { 'application/problem+json': { schema: problem } } },
    };
    described.route({
      method,
      url,
      exposeHeadRoute: false,
      schema: { ...schema, tags: [access], response: { ...(schema?.response as object | undefined), ...response } },
      handler: () => undefined,
    });
  }
  await described.ready();
  const document = described.swagger() as ApiDocument;
  await described.close();
  return document;
}

/**
 * `/docs`, a page to read and try the routes, and `/docs/json`, their OpenAPI document: for developers, on this machine only.
 * Its libraries are loaded when it is on.
 */
export function serveApiDocs(app: FastifyInstance, name: string): void {
  void app.register(async (docs) => {
    const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
      import('@fastify/swagger'),
      import('@fastify/swagger-ui'),
    ]);
    docs.addHook('onRoute', (route) => void (route.config = { ...route.config, access: 'probe' }));
    docs.addHook('onRequest', (request, reply, done) => {
      // The page brings its own policy.
      void reply.removeHeader('content-security-policy');
      done(isLoopback(request.socket.remoteAddress) ? undefined : notFound('There is nothing at this address.'));
    });
    const document = await openApiDocument(name, app.declaredRoutes);
    await docs.register(swagger, { mode: 'static', specification: { document } });
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  });
}

const isLoopback = (address = ''): boolean => /^(127\.|::1$|::ffff:127\.)/.test(address);
