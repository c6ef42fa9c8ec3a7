import type { OutgoingHttpHeaders } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { brokenMessage, oddMessage } from './proto-message.ts';
import type { Protocol, ProtoRpc } from './proto-text.ts';
import { framed } from './rpc-call.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface HostileRpc {
  readonly rpc: string;
  /** Whether no response is valid: a stream may wait for more messages. */
  readonly mayWait: boolean;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  readonly endStream: boolean;
}

/** Small on the wire, 20 MB once it is unpacked. */
const bomb = framed(gzipSync(Buffer.alloc(20_000_000)), 1);

const service = '/dapr.proto.runtime.v1.Dapr/';

const oddMetadata: readonly OutgoingHttpHeaders[] = [
  { 'grpc-timeout': 'zzz' },
  { 'grpc-timeout': '-1S' },
  { 'grpc-timeout': '1n' },
  { 'grpc-timeout': '99999999H' },
  { 'grpc-timeout': '' },
  { 'grpc-trace-bin': '%%%%' },
  { 'grpc-trace-bin': 'AAAA' },
  { 'grpc-trace-bin': Buffer.alloc(29, 7).toString('base64') },
  { traceparent: '00-zz-zz-zz', tracestate: '=' },
  { baggage: '=;;==,' },
  { 'dapr-api-token': 'nonsense' },
  { 'x-data-bin': 'A' },
  { 'x-long': 'h'.repeat(12_000) },
  { 'grpc-encoding': 'gzip' },
  { 'grpc-encoding': 'nonsense' },
  { 'grpc-accept-encoding': ',,,' },
  { 'content-type': 'application/json' },
  { 'content-type': 'application/grpc+json' },
  { 'content-type': 'application/grpc-web' },
  { 'dapr-app-id': 'attacked' },
  { 'dapr-reentrancy-id': '' },
  { 'metadata.ttlinseconds': 'abc' },
  { 'user-agent': '\u00ff'.repeat(500) },
  Object.fromEntries(Array.from({ length: 150 }, (_one, at) => [`x-${at}`, String(at)])),
];

const oddPaths: readonly string[] = [
  '/',
  '//',
  service,
  `${service}NoSuch`,
  `${service.toLowerCase()}getstate`,
  '/dapr.proto.internals.v1.ServiceInvocation/CallLocal',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.health.v1.Health/Check',
  '/toString/constructor',
  '/__proto__',
  `/${'x'.repeat(6000)}`,
  'no-slash',
  '*',
];

/** `perRpc` calls of every RPC, in mixed order, except Shutdown, which would end the sidecar. */
export function rpcCorpus(protocol: Protocol, random: SeededRandom, perRpc: number): readonly HostileRpc[] {
  const rpcs = protocol.rpcs.filter(({ name }) => name !== 'Shutdown');
  const calls: HostileRpc[] = [];
  for (let round = 0; round < perRpc; round++) for (const rpc of rpcs) calls.push(hostile(protocol, rpc, random));
  return calls;
}

function hostile(protocol: Protocol, rpc: ProtoRpc, random: SeededRandom): HostileRpc {
  const sound = oddMessage(protocol, rpc.input, random);
  const message = random.percent(25) ? brokenMessage(sound, random) : sound;
  const path = random.percent(3) ? random.pick(oddPaths) : service + rpc.name;
  const isOdd = random.percent(20);
  const headers: OutgoingHttpHeaders = {
    ':method': random.percent(2) ? random.pick(['GET', 'PUT', 'FOO']) : 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(isOdd ? random.pick(oddMetadata) : undefined),
  };
  const { body, isComplete } = bodyOf(message, random);
  // The sidecar waits for the rest of an incomplete message as long as the stream is open.
  const endStream = !isComplete || random.percent(95);
  return { rpc: rpc.name, mayWait: rpc.isStream || !endStream, headers, body, endStream };
}

function bodyOf(message: Buffer, random: SeededRandom): { readonly body: Buffer; readonly isComplete: boolean } {
  const complete = (body: Buffer) => ({ body, isComplete: true });
  switch (random.below(24)) {
    case 0:
      return { body: Buffer.alloc(0), isComplete: false };
    case 1:
      return { body: framed(message).subarray(0, 3), isComplete: false };
    case 2:
      return { body: framed(message, 0, message.length + 100), isComplete: false };
    case 3:
      return complete(framed(message, 0, Math.max(0, message.length - 3)));
    case 4:
      return complete(framed(message, 0, 0xffffffff));
    case 5:
      return complete(framed(message, 1));
    case 6:
      return complete(framed(gzipSync(message), 1));
    case 7:
      return complete(bomb);
    case 8:
      return complete(framed(message, 255));
    case 9:
      return complete(Buffer.concat([framed(message), framed(message), framed(message)]));
    case 10:
      return complete(framed(Buffer.alloc(400_000, 10)));
    default:
      return complete(framed(message));
  }
}
