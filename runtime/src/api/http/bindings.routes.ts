import type { FastifyInstance } from 'fastify';
import type { BindingsBlock } from '#blocks/bindings/bindings.ts';
import { textOf, withCause } from '#core/errors.ts';
import { goJson } from '#core/go-json.ts';
import { noBody } from '#core/message.ts';
import { bodyJson, malformedRequest } from './body.ts';
import { callOf } from './request-call.ts';

/** `bindings/{name}`. The answer is whatever the outside system gave, its metadata stands in headers. */
export function bindingsRoutes(bindings: BindingsBlock) {
  return (app: FastifyInstance): void => {
    app.route<{ Params: { name: string } }>({
      method: ['POST', 'PUT'],
      url: '/v1.0/bindings/:name',
      async handler(request, reply) {
        const body = bindingBody(bodyJson(request));
        const answer = await bindings.invoke(callOf(request), { name: request.params.name, ...body });
        if (!answer) return reply.code(204).send();
        for (const [name, value] of Object.entries(answer.metadata))
          if (headerName.test(name)) reply.header(`metadata.${name}`, headerValue(value));
        if (answer.failure) throw answer.failure;
        return reply.type('application/json').send(answer.data ?? noBody);
      },
    });
  };
}

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What the outside system answered may not fit a header. */
function headerValue(value: string): string {
  // eslint-disable-next-line no-control-regex -- exactly what a header value must not hold
  return Buffer.from(value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' '), 'utf8').toString('latin1');
}

function bindingBody(value: unknown) {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformedRequest('the body is not an object with operation, data and metadata');
  const { operation = '', data, metadata } = value as Readonly<Record<string, unknown>>;
  if (typeof operation !== 'string') throw malformedRequest('operation is not a string');
  return { operation, data: dataBytes(data), metadata: textsOf(metadata ?? {}) };
}

/** The wire encodes `data` anew: a string reaches the binding with its quotes, and what is left out as `null`. */
function dataBytes(data: unknown): Uint8Array {
  try {
    return Buffer.from(goJson(data ?? null));
  } catch (cause) {
    throw withCause(malformedRequest(textOf(cause)), cause);
  }
}

function textsOf(metadata: unknown): Readonly<Record<string, string>> {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw malformedRequest('metadata is not an object');
  for (const [name, value] of Object.entries(metadata))
    if (typeof value !== 'string') throw malformedRequest(`metadata ${name} is not a string`);
  return metadata as Readonly<Record<string, string>>;
}
