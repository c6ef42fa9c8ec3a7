import type { BindingsBlock } from '#blocks/bindings/bindings.ts';
import type { DaprRpcs } from './server.ts';

export function bindingsRpcs(bindings: BindingsBlock) {
  return {
    async invokeBinding(call, request, exchange) {
      const answer = await bindings.invoke(call, request);
      if (!answer) return {};
      const metadata = { ...answer.metadata };
      if (!answer.failure) return { ...(answer.data ? { data: answer.data } : {}), metadata };
      // an error has no body: what the outside system told stands in headers
      for (const [name, value] of Object.entries(metadata))
        if (/^[0-9a-z_.-]+$/i.test(name) && /^[ -~]*$/.test(value)) exchange.answer.set(`metadata.${name}`, value);
      throw answer.failure;
    },
  } satisfies DaprRpcs;
}
