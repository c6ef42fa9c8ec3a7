import { bindingsBlock } from '#blocks/bindings/bindings.ts';
import type { BindingsBlock } from '#blocks/bindings/bindings.ts';
import { inputBindings } from '#blocks/bindings/input-bindings.ts';
import type { StateBlock } from '#blocks/state/state.ts';
import { resilientBindingApp } from '#resilience/resilient-binding-app.ts';
import { bindingAppFor } from '../app-protocol.ts';
import { commonOptions } from './block-options.ts';
import type { AppWorker, BlockOptions } from './block-options.ts';

interface Bindings {
  readonly bindings: BindingsBlock;
  /** Reads the input bindings. */
  readonly workers: readonly AppWorker[];
  /** Starts new input bindings, and stops removed ones. */
  readonly refresh: (drainMs: number) => Promise<void>;
}

export function makeBindings(options: BlockOptions, state: StateBlock): Bindings {
  const { channel, components, config, dependencies, policies } = options;
  const common = { ...commonOptions(options), bindings: components.bindings };
  const bindings = bindingsBlock(common);
  const input = inputBindings({
    ...common,
    output: bindings,
    save: (call, storeName, states) => state.save(call, { storeName, states }),
    probeLimitMs: config.app.bindingProbeMs,
    log: dependencies.log.scoped('dapr.runtime.processor.binding'),
  });
  const inbound = (name: string) => policies.inbound(name, 'Binding');
  const workers = channel && [
    {
      start: async () => await input.start(resilientBindingApp(await bindingAppFor(channel), inbound)),
      stop: (drainMs: number) => input.stop(drainMs),
    },
  ];
  return { bindings, workers: workers ?? [], refresh: (drainMs) => input.refresh(drainMs) };
}
