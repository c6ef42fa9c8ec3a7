import { once } from 'node:events';
import { connectivityState } from '@grpc/grpc-js';
import type { Client, ClientDuplexStream, Metadata, StatusObject } from '@grpc/grpc-js';
import { appUnavailable } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { httpOfCode } from '#core/grpc-code.ts';
import { type Message, type Reply } from '#core/message.ts';
import { type RpcEnd, isRpcEnd, rpcEndFrame, rpcFrame, rpcParts } from '#core/rpc-frames.ts';
import { headersOfMetadata } from './grpc-metadata.ts';

type RawStream = ClientDuplexStream<Uint8Array, Buffer>;

export interface GrpcExchangeOptions {
  readonly client: Client;
  readonly address: string;
  readonly metadata: Metadata;
  /** Called once, when the exchange has ended, successfully or not. */
  readonly done: () => void;
}

/**
 * One gRPC call of frames. Resolves with the app's first message: its headers, or its status when there is nothing
 * else; the reply's status is then the corresponding HTTP status. Rejects with `appUnavailable` when the app could not
 * be reached.
 */
export function exchange(call: Call, message: Message, options: GrpcExchangeOptions): Promise<Reply> {
  const { client, address, metadata, done } = options;
  const stream: RawStream = client.makeBidiStreamRequest(message.path, asBuffer, same, metadata, {});
  const onAbort = (): void => stream.cancel();
  call.signal.addEventListener('abort', onAbort, { once: true });
  const ended = new Promise<RpcEnd>((resolve) => {
    stream.on('status', (status: StatusObject) => {
      call.signal.removeEventListener('abort', onAbort);
      done();
      resolve({ code: status.code, message: status.details, trailers: headersOfMetadata(status.metadata) });
    });
  });
  // the status event carries the same error with more details
  stream.on('error', () => {});
  void send(stream, message);
  return new Promise((resolve, reject) => {
    let hasHeaders = false;
    stream.on('metadata', (headers: Metadata) => {
      hasHeaders = true;
      resolve({ status: 200, headers: headersOfMetadata(headers), body: responseBody(stream, ended) });
    });
    void ended.then((end) => {
      if (hasHeaders) return;
      // the stream of a response that is only a status has no reader
      stream.resume();
      if (call.signal.aborted) reject(call.signal.reason as Error);
      else if (end.code === unavailable && !isConnected(client)) reject(appUnavailable(address, end.message));
      else resolve({ status: httpOfCode(end.code), headers: [], body: rpcEndFrame(end) });
    });
  });
}

const unavailable = 14;

function isConnected(client: Client): boolean {
  return client.getChannel().getConnectivityState(false) === connectivityState.READY;
}

/** Writes as fast as the app reads. A source that fails cancels the call. */
async function send(stream: RawStream, { body }: Message): Promise<void> {
  const over = new AbortController();
  stream.once('status', () => over.abort());
  try {
    for await (const part of rpcParts(body)) {
      if (over.signal.aborted) return;
      if (!isRpcEnd(part) && !stream.write(part)) await once(stream, 'drain', { signal: over.signal });
    }
    stream.end();
  } catch {
    stream.cancel();
  }
}

async function* responseBody(stream: RawStream, ended: Promise<RpcEnd>): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const bytes of stream as AsyncIterable<Buffer>) yield rpcFrame(bytes);
  } catch {
    // an unsuccessful status ends the stream as an error; it is reported below
  } finally {
    // a reader that stops early cancels the call; after the end this has no effect
    stream.cancel();
  }
  yield rpcEndFrame(await ended);
}

function same(bytes: Buffer): Buffer {
  return bytes;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
