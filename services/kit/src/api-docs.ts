import { fastify } from 'fastify';
import type { FastifyContextConfig, FastifyInstance, RouteOptions } from 'fastify';
import type { StaticDocumentSpec } from '@fastify/swagger';
import { notFound } from './problems.ts';
import { problemResponse } from './route-schemas.ts';
import { withReferences } from './shared-schemas.ts';

export type ApiDocument = Extract<StaticDocumentSpec['document'], { readonly openapi: string }>;

type Access = Exclude<NonNullable<FastifyContextConfig['access']>, 'callback'>;

/** For whom a route is, as a tag in the documents. Routes that check keys of their own have their own tags. */
const audiences: Readonly<Record<Access, string>> = {
  sidecar: 'own sidecar',
  staff: 'staff',
  public: 'all',
  probe: 'all',
};

const runningFile = '`.outrigger/running.json`, which `npm start` writes';

/** What a caller may have to present. A route with `schema.security` names one of these itself. */
const securitySchemes = (name: string) =>
  ({
    appToken: {
      type: 'apiKey',
      in: 'header',
      name: 'dapr-api-token',
      description: `\`APP_API_TOKEN\`, which the service's own sidecar sends: \`secrets.appApiTokens.${name}\` in ${runningFile}.`,
    },
    staffToken: {
      type: 'apiKey',
      in: 'header',
      name: 'x-staff-token',
      description: `\`STAFF_TOKEN\`: \`staffToken\` in ${runningFile}.`,
    },
    providerKey: {
      type: 'http',
      scheme: 'bearer',
      description: `\`PROVIDER_SECRET_KEY\`: \`secrets.providerSecretKey\` in ${runningFile}. For \`POST /tokens\` it is \`PROVIDER_PUBLISHABLE_KEY\`, in \`.outrigger/secrets.json\`.`,
    },
  }) as const;

const schemeOf: Partial<Record<Access, 'appToken' | 'staffToken'>> = { sidecar: 'appToken', staff: 'staffToken' };

/** The OpenAPI 3.1 document of an app's routes; those that only its sidecar calls back are left out. */
export async function openApiDocument(name: string, routes: readonly RouteOptions[]): Promise<ApiDocument> {
  const { default: swagger } = await import('@fastify/swagger');
  // A separate app: the one that serves requests gets no hooks or routes for its description.
  const described = fastify();
  described.setValidatorCompiler(() => () => true);
  described.setSerializerCompiler(() => JSON.stringify);
  const schemes = securitySchemes(name);
  await described.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: name, version: '1' }, components: { securitySchemes: schemes } },
  });
  const used = new Set<string>();
  for (const { method, url, schema, config } of routes) {
    const access = config?.access ?? 'sidecar';
    if (access === 'callback') continue;
    const scheme = schemeOf[access];
    const security = schema?.security ?? (scheme === undefined ? [] : [{ [scheme]: [] }]);
    for (const each of security.flatMap(Object.keys)) used.add(each);
    described.route({
      method,
      url,
      exposeHeadRoute: false,
      schema: {
        tags: [audiences[access]],
        ...schema,
        security,
        response: { ...(schema?.response as object | undefined), default: problemResponse('An error') },
      },
      handler: () => undefined,
    });
  }
  await described.ready();
  const { paths, ...document } = described.swagger() as ApiDocument;
  await described.close();
  const schemas = {};
  const referenced = withReferences(paths, schemas);
  const usedSchemes = Object.entries(schemes).filter(([scheme]) => used.has(scheme));
  const tokens = usedSchemes.map(([, { description }]) => `- ${description}`);
  return {
    ...document,
    info: {
      ...document.info,
      description: ['Errors are `application/problem+json`.', ...tokenHelp(tokens)].join('\n\n'),
    },
    paths: referenced,
    components: { schemas, securitySchemes: Object.fromEntries(usedSchemes) },
  } as ApiDocument;
}

const tokenHelp = (tokens: readonly string[]): readonly string[] =>
  tokens.length === 0 ? [] : ['A route with a lock needs a token; enter it with Authorize:', tokens.join('\n')];

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
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: pagePolicy });
  });
}

/** The page is served over plain HTTP, and its scripts write styles into it. */
const pagePolicy =
  "default-src 'self'; base-uri 'self'; frame-ancestors 'none'; img-src 'self' data:; object-src 'none'; style-src 'self' 'unsafe-inline'";

const isLoopback = (address = ''): boolean => /^(127\.|::1$|::ffff:127\.)/.test(address);
