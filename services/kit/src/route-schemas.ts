import type { FastifyInstance, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import type { TNull, TSchema } from 'typebox';
import { problemMediaType } from '@outrigger/sdk';
import { problem } from '@tidewater/contracts/view-schemas.ts';
import { check, differences, invalid } from './schema.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** All routes of the app, for the API documents. */
    readonly declaredRoutes: readonly RouteOptions[];
  }
}

/** Route schemas are TypeBox schemas; every string of a request is normalised before it is checked. */
export function checkRequestsBySchema(app: FastifyInstance): void {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => (data) => {
    const { value, errors } = check(schema, data, { coerce: httpPart !== 'body' });
    return errors === undefined ? { value } : { error: invalid(partNames[httpPart ?? ''] ?? 'The request', errors) };
  });
}

const partNames: Readonly<Record<string, string>> = {
  params: 'The address',
  querystring: 'The query',
  headers: 'The headers',
};

/**
 * The schemas of responses are for people and documents: a response is written as it is, so that a member that its schema
 * lacks does not disappear. With `isChecked`, in tests, such a response is an error.
 */
export function writeResponsesAsTheyAre(app: FastifyInstance, { isChecked }: { readonly isChecked: boolean }): void {
  app.setSerializerCompiler<TSchema>(({ schema, method, url, httpStatus }) => (data) => {
    const text = JSON.stringify(data);
    if (!isChecked) return text;
    const mismatches = differences(schema, JSON.parse(text));
    if (mismatches.length === 0) return text;
    const list = mismatches.map(({ field, message }) => `${field} ${message}`).join(', ');
    throw new Error(`${method} ${url} ${httpStatus ?? ''} differs from its response schema: ${list}`);
  });
}

/** Fills `app.declaredRoutes`; before the first route. */
export function collectRoutes(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  app.decorate('declaredRoutes', routes);
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD' && !route.url.startsWith('/docs')) routes.push(route);
  });
}

/** An error among the responses of a route: with its own members when `schema` has some, and with these headers. */
export const problemResponse = (
  description: string,
  {
    schema = problem,
    headers,
  }: { readonly schema?: TSchema; readonly headers?: Readonly<Record<string, TSchema>> } = {},
) => ({ description, ...(headers && { headers }), content: { [problemMediaType]: { schema } } });

/** A response that is no JSON, such as a file or a stream. */
export const textResponse = (description: string, mediaType: string) => ({
  description,
  content: { [mediaType]: { schema: Type.String() } },
});

export const emptyResponse = (description: string): TNull => Type.Null({ description });

/** Headers of a 429. */
export const retryAfter = {
  'retry-after': Type.Integer({ description: 'After how many seconds to try again' }),
} as const;
