import type { PeerHandler } from '#blocks/invoke/peers.ts';
import type { PeerAuthentication } from '#cluster/transport/authentication.ts';
import { peerServer } from '#cluster/transport/peer-server.ts';
import type { PeerServer } from '#cluster/transport/peer-server.ts';
import type { SidecarConfig } from '#host/config.ts';
import { listenWithPatience } from '#host/listen.ts';
import type { World } from './world.ts';

/** The door for other sidecars. A port that nobody chose may be any other one when it is taken. */
export async function openPeerDoor(
  config: SidecarConfig,
  world: World & { readonly authentication: PeerAuthentication },
  handler: PeerHandler,
): Promise<PeerServer> {
  const { clock, log, authentication } = world;
  const host = config.listen.internal || '::';
  const listen = (port: number): Promise<PeerServer> => {
    const place = world.heldPorts?.take({ host, port }) ?? { host, port };
    return peerServer({ listen: place, handler, authentication, clock, log: log.scoped('dapr.runtime.internal') });
  };
  const port = config.ports.internal;
  if (!config.ports.internalIsDerived) {
    const flag = 'dapr-internal-grpc-port';
    const target = { what: 'the port for sidecars', flag, host, port, clock, log };
    return await listenWithPatience(target, () => listen(port));
  }
  return await listen(port).catch(() => listen(0));
}
