import type {
  ClientHttp2Session,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
  OutgoingHttpHeaders,
} from 'node:http2';

export interface RpcOutcome {
  /** The gRPC status; `http 415` for a response without one; `reset` for a closed stream; `silent` for no response. */
  readonly status: string;
  readonly message: string;
  /** `ERR_X` or `DAPR_X` of the details, if there are any. */
  readonly reason: string;
}

export interface RpcSending {
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  /** Otherwise the stream is left open for more. */
  readonly endStream: boolean;
  readonly limitMs: number;
}

/** Sends one request on an HTTP/2 connection. */
export function callRpc(session: ClientHttp2Session, sending: RpcSending): Promise<RpcOutcome> {
  return new Promise((resolve) => {
    let status: string | undefined;
    let message = '';
    let reason = '';
    let http = '';
    const read = (headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void => {
      const text = (name: string): string => [headers[name] ?? ''].flat().join();
      if (headers[':status'] !== undefined) http = `http ${headers[':status']}`;
      if (headers['grpc-status'] === undefined) return;
      status = text('grpc-status');
      message = decodeURIComponent(text('grpc-message'));
      const details = Buffer.from(text('grpc-status-details-bin'), 'base64').toString('latin1');
      reason = /(?:ERR|DAPR)_[A-Z_]+/.exec(details)?.[0] ?? '';
    };
    const stream = session.request(sending.headers, { endStream: false });
    const timer = setTimeout(() => finish('silent'), sending.limitMs);
    const finish = (otherwise: string): void => {
      clearTimeout(timer);
      if (!stream.destroyed) stream.close(8);
      resolve({ status: status ?? otherwise, message, reason });
    };
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('error', () => {});
    stream.on('close', () => finish(http === '' || http === 'http 200' ? 'reset' : http));
    stream.resume();
    if (sending.endStream) stream.end(sending.body);
    else stream.write(sending.body);
  });
}

/** A message with gRPC's five bytes before it. */
export function framed(message: Buffer, flag = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([head, message]);
}
