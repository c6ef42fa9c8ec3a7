import type { BindingApp } from '#blocks/bindings/binding-app.ts';
import type { Policy } from '#core/policy.ts';

/** Applies the inbound policy of the binding to each event. */
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
