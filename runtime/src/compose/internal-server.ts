import type { PeerHandler } from '#blocks/invoke/peers.ts';
import type { PeerAuthentication } from '#cluster/transport/authentication.ts';
import { peerServer } from '#cluster/transport/peer-server.ts';
import type { PeerServer } from '#cluster/transport/peer-server.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import { listenWithRetry } from '#host/process/listen.ts';
import type { SidecarDependencies } from './sidecar-dependencies.ts';

/** The server for other sidecars. When the port was not set and is in use, any free port is taken. */
export async function openInternalServer(
  config: SidecarConfig,
  dependencies: SidecarDependencies & { readonly authentication: PeerAuthentication },
  handler: PeerHandler,
): Promise<PeerServer> {
  const { clock, log, authentication } = dependencies;
  const host = config.listen.internal || '::';
  const listen = (port: number): Promise<PeerServer> => {
    const address = dependencies.reservedPorts?.take({ host, port }) ?? { host, port };
    return peerServer({ listen: address, handler, authentication, clock, log: log.scoped('dapr.runtime.internal') });
  };
  const port = config.ports.internal;
  if (!config.ports.internalIsDerived) {
    const flag = 'dapr-internal-grpc-port';
    const target = { what: 'the port for sidecars', flag, host, port, clock, log };
    return await listenWithRetry(target, () => listen(port));
  }
  return await listen(port).catch(() => listen(0));
}
