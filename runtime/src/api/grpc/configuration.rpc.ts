import type { ConfigurationBlock } from '#blocks/configuration/configuration.ts';
import type { DaprRpcs } from './server.ts';

/** The alpha names are the stable operations. A subscription is a stream and ends with it. */
export function configurationRpcs(configuration: ConfigurationBlock) {
  const rpcs = {
    getConfiguration: (call, request) => configuration.get(call, request),
    subscribeConfiguration: (call, request) => configuration.updates(call, request),
    unsubscribeConfiguration: (_call, { id }) => configuration.unsubscribe({ id }),
  } satisfies DaprRpcs;
  return {
    ...rpcs,
    getConfigurationAlpha1: rpcs.getConfiguration,
    subscribeConfigurationAlpha1: rpcs.subscribeConfiguration,
    unsubscribeConfigurationAlpha1: rpcs.unsubscribeConfiguration,
  } satisfies DaprRpcs;
}
