import type { PubSubBlock } from '#blocks/pubsub/pubsub.ts';
import { stateOutbox } from '#blocks/state/outbox.ts';
import type { Outbox } from '#blocks/state/outbox.ts';
import { stateBlock } from '#blocks/state/state.ts';
import type { StateBlock } from '#blocks/state/state.ts';
import { outboxChannel } from '../outbox.ts';
import { commonOptions } from './block-options.ts';
import type { BlockOptions } from './block-options.ts';

export function makeState(
  options: BlockOptions,
  pubsub: PubSubBlock,
): { readonly state: StateBlock; readonly outbox: Outbox } {
  const { components, dependencies } = options;
  const common = { ...commonOptions(options), stores: components.stateStores };
  const outbox = stateOutbox({
    ...common,
    channel: outboxChannel({ appId: common.appId, brokers: components.brokers, pubsub }),
    log: dependencies.log.scoped('dapr.outbox'),
  });
  return { outbox, state: stateBlock({ ...common, outbox }) };
}
