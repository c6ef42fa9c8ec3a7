import type { BindingApp } from '#blocks/bindings/binding-app.ts';
import type { Policy } from '#core/policy.ts';

/** Events of input bindings, each under the inbound policy of its binding. */
export function resilientBindingApp(inner: BindingApp, policyOf: (binding: string) => Policy | undefined): BindingApp {
  return {
    listensTo: (call, name, path) => inner.listensTo(call, name, path),
    deliver(call, binding, event) {
      const policy = policyOf(binding.name);
      if (!policy) return inner.deliver(call, binding, event);
      return policy(call, binding.name, (inside) => inner.deliver(inside, binding, event));
    },
  };
}
