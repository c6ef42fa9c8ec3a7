import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  /** Undefined behind a proxy, whose address all connections have. */
  readonly perAddress: number | undefined;
  /** Of all addresses together. */
  readonly total: number;
  readonly onDropped?: (reason: 'address' | 'total') => void;
}

/**
 * Bounds how many connections one address and all addresses hold. For one connection too many, the one that has been idle
 * for the longest is closed; only where none is idle, the new one is.
 */
export function limitConnections(server: Server, { perAddress, total, onDropped }: ConnectionLimits): void {
  const open = new Map<string, number>();
  let openInAll = 0;
  // Sets are in the order in which connections became idle.
  const idle = new Set<Socket>();
  const idleOfAddress = new Map<string, Set<Socket>>();
  const responsesUnderWay = new WeakMap<Socket, number>();
  const addresses = new WeakMap<Socket, string>();

  const markIdle = (socket: Socket): void => {
    const address = addresses.get(socket);
    if (socket.destroyed || address === undefined) return;
    idle.add(socket);
    const ofAddress = idleOfAddress.get(address) ?? new Set();
    idleOfAddress.set(address, ofAddress.add(socket));
  };
  const markBusy = (socket: Socket): void => {
    idle.delete(socket);
    const address = addresses.get(socket) ?? '';
    const ofAddress = idleOfAddress.get(address);
    ofAddress?.delete(socket);
    if (ofAddress?.size === 0) idleOfAddress.delete(address);
  };
  const forget = (socket: Socket): void => {
    const address = addresses.get(socket);
    if (address === undefined) return;
    markBusy(socket);
    addresses.delete(socket);
    openInAll--;
    const left = (open.get(address) ?? 1) - 1;
    if (left === 0) open.delete(address);
    else open.set(address, left);
  };
  const drop = (socket: Socket, reason: 'address' | 'total'): void => {
    onDropped?.(reason);
    forget(socket);
    socket.destroy();
  };

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    addresses.set(socket, address);
    open.set(address, (open.get(address) ?? 0) + 1);
    openInAll++;
    socket.once('close', () => forget(socket));
    if (perAddress !== undefined && (open.get(address) ?? 0) > perAddress) {
      const [longestIdle = socket] = idleOfAddress.get(address) ?? [];
      drop(longestIdle, 'address');
    } else if (openInAll > total) {
      const [longestIdle = socket] = idle;
      drop(longestIdle, 'total');
    }
    markIdle(socket);
  });

  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    responsesUnderWay.set(socket, (responsesUnderWay.get(socket) ?? 0) + 1);
    markBusy(socket);
    response.once('close', () => {
      const left = (responsesUnderWay.get(socket) ?? 1) - 1;
      responsesUnderWay.set(socket, left);
      if (left === 0) markIdle(socket);
    });
  });
}
