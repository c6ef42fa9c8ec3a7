import { hostname } from 'node:os';
import { httpChannel } from '#app/http-channel.ts';
import { accessList } from '#blocks/invoke/access-list.ts';
import { invokeBlock } from '#blocks/invoke/invoke.ts';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { observedAppChannel } from '../../observed/observed-app-channel.ts';
import { observedPeerTransport } from '../../observed/observed-peer-transport.ts';
import { commonOptions } from './block-options.ts';
import type { BlockOptions } from './block-options.ts';

export function makeInvoke(options: BlockOptions): { readonly invoke: Invoke; readonly close: () => Promise<void> } {
  const { channel, config, configuration, dependencies, endpoints, names, policies, telemetry, transport } = options;
  const { accessRules } = configuration;
  const common = commonOptions(options);
  const external = new Map<string, AppChannel>();
  const isHttp = !config.app.protocol.startsWith('grpc');
  const observedApp = channel && observedAppChannel(channel, common.recorder, common.appId);
  const invoke = invokeBlock({
    ...common,
    names: names.resolver,
    peers: observedPeerTransport(transport, common.recorder),
    app() {
      options.checkApp();
      return observedApp;
    },
    policyFor: (target, endpoint) => policies.app(target, endpoint),
    retriesFor: (id) => policies.serviceRetries(id),
    endpoint: (name) => endpoints.named(name),
    ...(accessRules
      ? { access: accessList(accessRules, { isHttp, onDecision: telemetry.runtime.onAccess }) }
      : undefined),
    external: (origin) => externalChannel(external, origin),
    host: { address: names.advertisedHost, name: hostname() },
    log: dependencies.log.scoped('dapr.runtime.direct_messaging'),
  });
  return {
    invoke,
    close: async () => void (await Promise.all([...external.values()].map((one) => one.close()))),
  };
}

/** The channel to an external server, which is opened once. */
function externalChannel(open: Map<string, AppChannel>, origin: string): AppChannel {
  const existing = open.get(origin);
  if (existing) return existing;
  const { protocol, host } = new URL(origin);
  const channel = httpChannel({
    address: host,
    protocol: protocol === 'https:' ? 'https' : 'http',
    verifyCertificate: true,
  });
  open.set(origin, channel);
  return channel;
}
