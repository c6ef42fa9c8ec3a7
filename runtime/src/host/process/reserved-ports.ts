import net from 'node:net';
import type { ListenAddress } from '#core/listen-address.ts';
import { readConfig } from '../config/config.ts';
import type { SidecarConfig } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { parseFlags } from '../config/flags.ts';

/** Ports that are bound and do not listen yet: no other process can take them, and connections are rejected. */
export interface ReservedPorts {
  /**
   * The address with the socket that reserves it. Each socket is returned once: a server that fails to listen with it
   * retries without.
   */
  take(address: ListenAddress): ListenAddress;
  /** Releases all ports that were not taken. */
  close(): void;
}

interface BoundSocket {
  close(): void;
}

/** Missing in types, and in Node before 24.21: there, ports are bound when servers listen. */
const { BoundSocket } = net as {
  readonly BoundSocket?: new (at: { readonly host: string; readonly port: number }) => BoundSocket;
};

/** Flags that print and exit need no port, and `--wait` checks the port of another sidecar. */
const flagsWithoutServer = ['help', 'version', 'build-info', 'wait'];

/** Reserves the ports of the command line. None if it is invalid: the program reports the error. */
export function reservePorts(args: readonly string[], env: Environment): ReservedPorts {
  try {
    const flags = parseFlags(args);
    return reserve(
      flagsWithoutServer.some((name) => flags.isOn(name)) ? [] : configuredAddresses(readConfig(flags, env)),
    );
  } catch {
    return reserve([]);
  }
}

function configuredAddresses({ ports, listen, socketsFolder }: SidecarConfig): ListenAddress[] {
  const apis = socketsFolder === undefined ? listen.apis : [];
  return [
    ...apis.flatMap((host) => [ports.http, ports.grpc].map((port) => ({ host, port }))),
    { host: listen.internal, port: ports.internal },
    { host: listen.public, port: ports.public ?? 0 },
    { host: listen.metrics, port: ports.metrics ?? 0 },
  ].filter(({ host, port }) => port !== 0 && (host === '' || net.isIP(host) !== 0));
}

function reserve(addresses: readonly ListenAddress[]): ReservedPorts {
  const reserved = new Map<string, BoundSocket>();
  for (const address of addresses) {
    const socket = reserved.has(keyOf(address)) ? undefined : bind(address);
    if (socket) reserved.set(keyOf(address), socket);
  }
  return {
    take(address) {
      const handle = reserved.get(keyOf(address));
      reserved.delete(keyOf(address));
      return handle ? { ...address, handle } : address;
    },
    close() {
      for (const socket of reserved.values()) socket.close();
      reserved.clear();
    },
  };
}

function keyOf({ host, port }: ListenAddress): string {
  return `${host || '::'} ${port}`;
}

/** Undefined where it cannot be bound: the server that listens there retries and reports the error. */
function bind({ host, port }: ListenAddress): BoundSocket | undefined {
  // as Node does for every address; the second where there is no IPv6
  for (const at of host ? [host] : ['::', '0.0.0.0'])
    try {
      return BoundSocket && new BoundSocket({ host: at, port });
    } catch (cause) {
      if ((cause as { code?: unknown }).code === 'EADDRINUSE') break;
    }
  return undefined;
}
