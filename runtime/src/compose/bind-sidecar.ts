import { pipedChannel } from '#app/piped-channel.ts';
import { peerUnavailable } from '#blocks/invoke/errors.ts';
import type { PeerHandler, PeerTransport } from '#blocks/invoke/peers.ts';
import { pipeline } from '#blocks/middleware/pipeline.ts';
import { peerTransport } from '#cluster/transport/peer-transport.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import { monitoredChannel, openAppChannel } from './app-connection.ts';
import { openInternalServer } from './internal-server.ts';
import type { Loaded } from './load-sidecar.ts';
import { openNameResolution, warnIfUnreachable } from './name-resolution.ts';
import type { NameResolution } from './name-resolution.ts';
import { peerAuthentication } from './peer-authentication.ts';
import type { PhaseOptions } from './sidecar-dependencies.ts';

/** The connections to the app and to other sidecars. */
export interface Bound {
  /** Undefined when the sidecar has no app. */
  readonly channel: AppChannel | undefined;
  readonly names: NameResolution;
  readonly transport: PeerTransport;
  readonly internalPort: number;
  readonly advertisedAddress: string;
  /** Begins to handle the requests of other sidecars; they are rejected before. */
  readonly handlePeers: (handler: PeerHandler) => void;
}

export interface BindOptions extends PhaseOptions {
  /** A call found the app unavailable. */
  readonly onAppUnavailable: () => void;
}

/** Opens the channel to the app and the internal port. */
export async function bindSidecar(config: SidecarConfig, loaded: Loaded, options: BindOptions): Promise<Bound> {
  const { dependencies, onClose } = options;
  const { clock, log } = dependencies;
  const { configuration } = loaded.files;
  const channel = openChannel(config, loaded, options);
  const names = await openNameResolution(config, configuration, dependencies);
  onClose(() => names.resolver.close());
  const { advertisedHost } = names;
  warnIfUnreachable(config, configuration, { advertisedHost, log });
  const authentication = await peerAuthentication(dependencies);
  const transport = peerTransport({ clock, authentication, log: log.scoped('dapr.runtime.internal') });
  onClose(() => transport.close());
  let handler: PeerHandler = () => Promise.reject(peerUnavailable(config.appId, 'it is still starting'));
  const server = await openInternalServer(config, { ...dependencies, authentication }, (call, request) =>
    handler(call, request),
  );
  onClose(() => server.close(config.gracefulShutdownMs));
  return {
    channel,
    names,
    transport,
    internalPort: server.port,
    advertisedAddress: `${advertisedHost}:${server.port}`,
    handlePeers: (next) => (handler = next),
  };
}

function openChannel(
  config: SidecarConfig,
  { files, components, telemetry }: Loaded,
  { dependencies, onClose, onAppUnavailable }: BindOptions,
): AppChannel | undefined {
  const { clock, log } = dependencies;
  const channel = openAppChannel(config, log);
  if (!channel) return undefined;
  onClose(() => channel.close());
  const appPipeline = pipeline(files.configuration.appHttpPipeline, components.httpMiddlewares);
  return monitoredChannel(appPipeline ? pipedChannel(channel, appPipeline) : channel, {
    onUnavailable: onAppUnavailable,
    onCompleted: telemetry.onAppRequest,
    clock,
  });
}
