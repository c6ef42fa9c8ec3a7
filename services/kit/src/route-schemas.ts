import type { FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';
import { check, invalid } from './schema.ts';

/** Route schemas are TypeBox schemas; every string is normalised before it is checked. */
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
