import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, ListenOptions, Server as NetServer, Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerOptions } from '@grpc/grpc-js';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import { defineError } from '#core/errors.ts';
import type { ListenAddress } from '#core/listen-address.ts';
import type { Log } from '#core/log.ts';
import type { RequestGuard } from '#core/request-guard.ts';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import { grpcSurface } from '../surface.ts';
import type { ApiRules } from '../surface.ts';
import { callOpener } from './open-call.ts';
import { httpStatusError } from './http-status.ts';
import { implement } from './implement.ts';
import type { RpcHandlers } from './implement.ts';
import type { CompletedRpc } from './open-rpc.ts';
import { proxyUnknown } from './proxy.ts';
import { isRpcOpen } from './rpc-rules.ts';
import { unaryFastPath } from '#fast/unary-fast-path.ts';
import { statusOf } from './status.ts';
import { serveReflection } from './serve-reflection.ts';

export type DaprRpcs = RpcHandlers<typeof Dapr>;

export interface GrpcServerOptions {
  /** Missing RPCs respond `Unimplemented`, which makes SDKs try an older name. */
  readonly rpcs: DaprRpcs;
  /** Undefined disables authentication. */
  readonly apiToken?: string;
  readonly rules: ApiRules;
  /** The limit of one message, in both directions. */
  readonly maxBodyBytes: number;
  readonly samplingRate: number;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  readonly onCompleted?: (rpc: CompletedRpc) => void;
  /** Receives the error behind an error status. */
  readonly onRequestError?: (error: unknown) => void;
  /** Checked before anything else. */
  readonly guard?: RequestGuard;
  /** Handles calls of other services; without it they are `Unimplemented`. */
  readonly proxy?: Invoke['proxy'];
}

export interface GrpcServer {
  /** Resolves to the port. Rejects with the system's error, such as EADDRINUSE. An empty host means every address. */
  listen(at: ListenAddress): Promise<number>;
  /** Listens on a Unix socket, whose file is removed when the server closes. */
  listenOnSocket(path: string): Promise<void>;
  /** Accepts no new connections and waits for running RPCs, at most `drainMs`; streams are ended immediately. */
  close(drainMs: number): Promise<void>;
}

const notImplemented = defineError(
  { code: 'ERR_API_UNIMPLEMENTED', http: 501, grpc: 'Unimplemented' },
  (rpc: string, reason: string) => `method ${rpc} not implemented: ${reason}`,
);

/** Every gRPC method of the sidecar behind one set of rules. */
export function grpcServer(options: GrpcServerOptions): GrpcServer {
  const { rpcs, rules, clock, log, onCompleted, onRequestError } = options;
  const closing = new AbortController();
  const server = new Server(serverOptions(options));
  const context = {
    openCall: callOpener(options),
    closing: closing.signal,
    clock,
    log,
    ...(onCompleted ? { onCompleted } : undefined),
    ...(onRequestError ? { onRequestError } : undefined),
  };
  implement(server, Dapr, rpcs, {
    ...context,
    rejection(rpc, isThere) {
      if (!isRpcOpen(rules, rpc)) return httpStatusError(501, 'requested endpoint is not available');
      return isThere ? undefined : notImplemented(rpc, whyNotYet(rpc));
    },
  });
  serveReflection(server, context);
  if (options.proxy) proxyUnknown(server, options.proxy, context);
  unaryFastPath(server, {
    rejection: (headers) => {
      const rejection = options.guard?.({ headers });
      return rejection && statusOf(rejection);
    },
    maxMessageBytes: options.maxBodyBytes,
    clock,
  });
  // listens without grpc-js: its errors have no code to detect a port in use
  const connections = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listeners: NetServer[] = [];
  const sockets = new Set<Socket>();
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    connections.injectConnection(socket);
  };

  const listenAt = async (at: ListenOptions): Promise<NetServer> => {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, accept);
    listener.listen(at);
    await once(listener, 'listening');
    listeners.push(listener);
    return listener;
  };

  return {
    async listen({ host, ...address }) {
      const listener = await listenAt({ ...address, ...(host ? { host } : {}) });
      return (listener.address() as AddressInfo).port;
    },
    async listenOnSocket(path) {
      await listenAt({ path });
    },
    async close(drainMs) {
      for (const listener of listeners) listener.close();
      closing.abort();
      // its callback comes too early on Node 24; connections close when their last RPC has its response
      server.tryShutdown(() => {});
      const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      await waitUpTo(clock, drainMs, Promise.all(closed));
      server.forceShutdown();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Connection lifetime and keep-alive, as on the reference. */
function serverOptions({ maxBodyBytes }: GrpcServerOptions): ServerOptions {
  return {
    'grpc.max_receive_message_length': maxBodyBytes,
    'grpc.max_send_message_length': maxBodyBytes,
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 5000,
    'grpc.max_connection_idle_ms': 180_000,
    'grpc.enable_channelz': 0,
  };
}

function whyNotYet(rpc: string): string {
  const status = grpcSurface[rpc]?.status;
  return typeof status === 'object' ? status.notYet : 'it is not known';
}
