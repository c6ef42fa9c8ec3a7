import { httpBindingApp } from '#app/binding-delivery.ts';
import type { BindingsBlock } from '#blocks/bindings/bindings.ts';
import { bindingsBlock } from '#blocks/bindings/bindings.ts';
import { inputBindings } from '#blocks/bindings/input-bindings.ts';
import type { ConversationBlock } from '#blocks/conversation/conversation.ts';
import { conversationBlock } from '#blocks/conversation/conversation.ts';
import type { CryptoBlock } from '#blocks/crypto/crypto.ts';
import { cryptoBlock } from '#blocks/crypto/crypto.ts';
import type { StateBlock } from '#blocks/state/state.ts';
import type { BlockParts } from './blocks.ts';
import { ownCall } from './world.ts';

/** Something that goes on only while the app is up. */
export interface AppWork {
  start(): Promise<void>;
  /** Takes no new work and waits for what is under way, at most `drainMs`. */
  stop(drainMs: number): Promise<void>;
}

/** The blocks that deal with what lies outside: other systems, keys, language models. */
export interface OutsideBlocks {
  readonly bindings: BindingsBlock;
  readonly conversation: ConversationBlock;
  readonly crypto: CryptoBlock;
  /** In the order in which it begins. */
  readonly appWork: readonly AppWork[];
}

export function outsideBlocks(parts: BlockParts, state: StateBlock): OutsideBlocks {
  const { components, channel, config, world, observation } = parts;
  const recorder = observation.activities;
  const { clock, log } = world;
  const newCall = (signal: AbortSignal) => ownCall(world, signal);
  const bindings = bindingsBlock({ bindings: components.bindings, recorder });
  const input = inputBindings({
    bindings: components.bindings,
    output: bindings,
    save: (call, storeName, states) => state.save(call, { storeName, states }),
    probeLimitMs: config.app.bindingProbeMs,
    newCall,
    recorder,
    clock,
    log: log.scoped('dapr.runtime.processor.binding'),
  });
  const reading: AppWork[] = channel
    ? [{ start: () => input.start(httpBindingApp(channel)), stop: (drainMs) => input.stop(drainMs) }]
    : [];
  return {
    bindings,
    conversation: conversationBlock({ conversers: components.conversers, recorder }),
    crypto: cryptoBlock({ vaults: components.keyVaults, recorder, chance: world.chance }),
    appWork: reading,
  };
}
