import { problemFrom } from '../dapr-error.ts';
import { encodePart } from '../path.ts';
import { expectSuccess, isProblem, jsonOf } from '../sidecar-call.ts';
import type { SendToSidecar } from '../sidecar-call.ts';
import type { ActorDefinition, ActorReference, ActorReferences, MethodTable } from './definition.ts';

/** Callers' side of a definition. A method's `ProblemError` is thrown again here. */
export function actorReferences<M extends MethodTable>(
  send: SendToSidecar,
  definition: ActorDefinition<M>,
): ActorReferences<M> {
  const { type, methods } = definition;
  return {
    get(id) {
      const base = `/v1.0/actors/${encodePart(type)}/${encodePart(id)}/method/`;
      const call = async (method: string, argument: unknown): Promise<unknown> => {
        const operation = `${type}/${id}/${method}`;
        const body = argument === undefined ? undefined : JSON.stringify(argument);
        const response = expectSuccess(
          await send({ method: 'POST', path: base + encodeURIComponent(method), body }),
          operation,
        );
        const result = jsonOf<unknown>(response, operation);
        // A problem arrives as a 200 with a problem body: upstream sidecars rewrite other statuses.
        const problem = isProblem(response) ? problemFrom(result) : undefined;
        if (problem) throw problem;
        return result;
      };
      const reference: Record<string, (argument?: unknown) => Promise<unknown>> = {};
      for (const method of Object.keys(methods)) reference[method] = (argument) => call(method, argument);
      return reference as unknown as ActorReference<M>;
    },
  };
}
