import { httpConfigurationSink } from '#app/configuration-delivery.ts';
import { configurationBlock } from '#blocks/configuration/configuration.ts';
import type { ConfigurationBlock } from '#blocks/configuration/configuration.ts';
import { commonOptions } from './block-options.ts';
import type { BlockOptions } from './block-options.ts';

export function makeConfiguration(options: BlockOptions): ConfigurationBlock {
  const { channel, components, dependencies } = options;
  return configurationBlock({
    ...commonOptions(options),
    stores: components.configurationStores,
    app: channel && httpConfigurationSink(channel),
    log: dependencies.log.scoped('dapr.runtime.configuration'),
  });
}
