import type { FastifyInstance } from 'fastify';
import type { BindingsBlock } from '#blocks/bindings/bindings.ts';
import { noBody } from '#core/message.ts';
import { bindingBody } from './binding-body.ts';
import { bodyBytes } from './body.ts';
import { callOf } from '../server/request-call.ts';

/** `bindings/{name}`. The response is the external system's, its metadata in headers. */
export function bindingsRoutes(bindings: BindingsBlock) {
  return (app: FastifyInstance): void => {
    app.route<{ Params: { name: string } }>({
      method: ['POST', 'PUT'],
      url: '/v1.0/bindings/:name',
      async handler(request, reply) {
        const body = bindingBody(bodyBytes(request));
        const result = await bindings.invoke(callOf(request), { name: request.params.name, ...body });
        if (!result) return reply.code(204).send();
        for (const [name, value] of Object.entries(result.metadata))
          if (headerName.test(name)) reply.header(`metadata.${name}`, headerValue(value));
        if (result.failure) throw result.failure;
        return reply.type('application/json').send(result.data ?? noBody);
      },
    });
  };
}

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The external system's response may not be valid in a header. */
function headerValue(value: string): string {
  // eslint-disable-next-line no-control-regex -- exactly what a header value must not hold
  return Buffer.from(value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' '), 'utf8').toString('latin1');
}
