import type { BindingsBlock } from '#blocks/bindings/bindings.ts';
import type { DaprRpcs } from './server.ts';

export function bindingsRpcs(bindings: BindingsBlock) {
  return {
    async invokeBinding(call, request, exchange) {
      const result = await bindings.invoke(call, request);
      if (!result) return {};
      const metadata = { ...result.metadata };
      if (!result.failure) return { ...(result.data ? { data: result.data } : {}), metadata };
      // an error has no body: the metadata of the external system is in headers
      for (const [name, value] of Object.entries(metadata))
        if (/^[0-9a-z_.-]+$/i.test(name) && /^[ -~]*$/.test(value))
          exchange.responseHeaders.set(`metadata.${name}`, value);
      throw result.failure;
    },
  } satisfies DaprRpcs;
}
