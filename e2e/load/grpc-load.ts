import { type ClientHttp2Session, connect } from 'node:http2';
import { keysOf, type LoadJob } from './load-job.ts';

/** What was measured, before it is counted up. */
export interface Sample {
  readonly timesMs: number[];
  readonly failures: number;
  readonly elapsedMs: number;
}

/** Drives a gRPC port over one connection, as an SDK does. Plain HTTP/2 with frames made once costs less than a gRPC library. */
export async function grpcLoad(job: LoadJob): Promise<Sample> {
  const { port, callers, seconds, requests } = job;
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  const headers = {
    ':method': 'POST',
    ':path': requests.path,
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const fields = typeof requests.body === 'string' ? [requests.body] : (requests.body ?? []);
  const timesMs: number[] = [];
  let failures = 0;
  const begun = performance.now();
  const until = begun + seconds * 1000;
  const caller = async (at: number): Promise<void> => {
    const frames = keysOf(at, job).map((key) => frameOf(fields.map((field) => field.replace('{key}', key))));
    for (let n = 0; performance.now() < until; n++) {
      const sentAt = performance.now();
      const isGood = await unary(session, headers, frames[n % frames.length] ?? Buffer.alloc(5));
      timesMs.push(performance.now() - sentAt);
      if (!isGood) failures++;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, at) => caller(at)));
  const elapsedMs = performance.now() - begun;
  session.destroy();
  return { timesMs, failures, elapsedMs };
}

/** Resolves to whether the call ended with OK. */
function unary(session: ClientHttp2Session, headers: Record<string, string>, frame: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const stream = session.request(headers);
    let status = '';
    stream.on('trailers', (trailers) => (status = String(trailers['grpc-status'])));
    stream.on('error', () => {});
    stream.on('close', () => resolve(status === '0'));
    stream.resume();
    stream.end(frame);
  });
}

/** A message whose fields 1, 2, … are these texts, in gRPC's frame. */
function frameOf(fields: readonly string[]): Buffer {
  const parts = fields.flatMap((text, at) => {
    const bytes = Buffer.from(text);
    return [Buffer.from([((at + 1) << 3) | 2, ...varint(bytes.length)]), bytes];
  });
  const message = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
