import type { SeededRandom } from './seeded-random.ts';

/** Bytes that a client writes to a port in chunks, and then nothing more. */
export interface Misuse {
  readonly name: string;
  readonly port: 'http' | 'grpc' | 'peers' | 'metrics';
  readonly chunks: readonly Buffer[];
  /** Between the chunks. */
  readonly pauseMs?: number;
  /** Whether the client half-closes the connection afterwards. */
  readonly halfClose?: boolean;
  /** The sidecar must close the connection within this time after the last chunk. */
  readonly limitMs: number;
}

/** A response or a rejection as soon as it is parsed. */
const promptMs = 5000;
/** The limit for a head is 10 s, and it is checked every 2.5 s. */
const headMs = 15_000;
/** The limit for a stalled body is 30 s. */
const stallMs = 36_000;
/** A gRPC connection must respond to pings: one is sent after 10 s, the limit for the response is 5 s. */
const pingMs = 20_000;
/** Sidecars complete the handshake within 5 s, are pinged after 15 s of silence, and disconnected after another 15 s. */
const greetingMs = 8000;
const silenceMs = 35_000;

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const close = 'Connection: close\r\n';
const head = 'POST /v1.0/state/statestore HTTP/1.1\r\nHost: x\r\n';

function http(name: string, value: string, limitMs = promptMs): Misuse {
  return { name: `http: ${name}`, port: 'http', chunks: [text(value)], limitMs };
}

const httpMisuses: readonly Misuse[] = [
  http('nothing at all', '', headMs),
  http('half a request line', 'GET /v1.0/heal', headMs),
  http('half a head', 'GET /v1.0/healthz HTTP/1.1\r\nHost: x\r\nX-Y', headMs),
  http('half a body', `${head}Content-Length: 100\r\n\r\n[{`, stallMs),
  http('half a chunk', `${head}Transfer-Encoding: chunked\r\n\r\n64\r\n[{`, stallMs),
  http('no end of chunks', `${head}Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0`, stallMs),
  http(
    'half a body for an app',
    'POST /v1.0/invoke/attacked/method/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab',
    stallMs,
  ),
  http(
    'an upgrade with broken chunks',
    `${head}Connection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    stallMs,
  ),
  http('a body over the limit that is never sent', `${head}Content-Length: 99999999\r\n\r\n[`, stallMs),
  http('Expect and no body', `${head}Expect: 100-continue\r\nContent-Length: 50\r\n\r\n`, stallMs),
  http('no protocol', 'GET /\r\n\r\n'),
  http('another protocol', 'GET / HTTP/9.9\r\n\r\n'),
  http('HTTP/1.0', 'GET /v1.0/healthz HTTP/1.0\r\n\r\n'),
  http('no host', `GET /v1.0/healthz HTTP/1.1\r\n${close}\r\n`),
  http('two hosts', `GET /v1.0/healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n${close}\r\n`),
  http('only line feeds', 'GET /v1.0/healthz HTTP/1.1\nHost: x\nConnection: close\n\n'),
  http('a thousand empty lines', `${'\r\n'.repeat(1000)}GET /v1.0/healthz HTTP/1.1\r\nHost: x\r\n${close}\r\n`),
  http('NUL in the path', `GET /v1.0/\0healthz HTTP/1.1\r\nHost: x\r\n${close}\r\n`),
  http('a space in the path', `GET /v1.0/state/statestore/a b HTTP/1.1\r\nHost: x\r\n${close}\r\n`),
  http('an absolute URI', `GET http://evil.example/v1.0/healthz HTTP/1.1\r\nHost: x\r\n${close}\r\n`),
  http('an asterisk', `OPTIONS * HTTP/1.1\r\nHost: x\r\n${close}\r\n`),
  http('CONNECT', `CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n${close}\r\n`),
  http('an unknown verb', `EAT /v1.0/healthz HTTP/1.1\r\nHost: x\r\n${close}\r\n`),
  http('a long verb', `${'A'.repeat(5000)} / HTTP/1.1\r\n\r\n`),
  http('a long line', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`),
  http('a long header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`),
  http('a header that never ends', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(1_000_000)}`),
  http('ten thousand headers', `GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(10_000)}\r\n`),
  http('TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  http('binary', '\x00\x01\x02\xff\xfe\r\n\r\n'),
  http('two lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]x`),
  http(
    'a length and chunks',
    `${head}${close}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n`,
  ),
  http('a negative length', `${head}Content-Length: -1\r\n\r\n[]`),
  http('an endless length', `${head}Content-Length: 99999999999999999999999\r\n\r\n[]`),
  http('a chunk size beyond all integers', `${head}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n[]`),
  http('a chunk with a long extension', `${head}Transfer-Encoding: chunked\r\n\r\n2;${'e'.repeat(100_000)}\r\n[]\r\n`),
  http(
    'nested requests',
    `${head}${close}Content-Length: 4\r\n\r\n[]\r\nGET /v1.0/metadata HTTP/1.1\r\nHost: x\r\n\r\n`,
  ),
  http('trailers without end', `${head}Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n${'a: b\r\n'.repeat(20_000)}`),
  {
    name: 'http: a head, byte by byte',
    port: 'http',
    chunks: Array.from('GET /v1.0/healthz HTTP/1.1\r\nX: '.repeat(2), (character) => text(character)),
    pauseMs: 300,
    limitMs: headMs,
  },
  http(
    'a hundred requests at once',
    `${'GET /v1.0/healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(99)}GET /v1.0/healthz HTTP/1.1\r\nHost: x\r\n${close}\r\n`,
  ),
  { ...http('metrics: half a head', 'GET /metrics HTTP/1.1\r\nHost', headMs), port: 'metrics' },
  { ...http('metrics: binary', '\x00\x01\x02\r\n\r\n'), port: 'metrics' },
  {
    ...http('metrics: half a body', 'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\n'),
    port: 'metrics',
  },
];

const preface = text('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const first = Buffer.alloc(9);
  first.writeUIntBE(payload.length, 0, 3);
  first[3] = type;
  first[4] = flags;
  first.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([first, payload]);
}

const settings = frame(4, 0, 0);
/** `:method POST`, `:scheme http`, `:path /`, `content-type application/grpc`, without compression. */
const grpcHead = Buffer.concat([
  Buffer.from([0x83, 0x86, 0x84]),
  Buffer.from([0x00, 12]),
  text('content-type'),
  Buffer.from([16]),
  text('application/grpc'),
]);
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

function h2(name: string, frames: readonly Buffer[], limitMs = pingMs): Misuse {
  return { name: `grpc: ${name}`, port: 'grpc', chunks: [Buffer.concat([preface, settings, ...frames])], limitMs };
}

const many = (count: number, make: (at: number) => Buffer): readonly Buffer[] =>
  Array.from({ length: count }, (_one, at) => make(at));

const grpcMisuses: readonly Misuse[] = [
  { name: 'grpc: nothing at all', port: 'grpc', chunks: [], limitMs: pingMs },
  { name: 'grpc: half a preface', port: 'grpc', chunks: [text('PRI * HT')], limitMs: pingMs },
  { name: 'grpc: HTTP/1.1', port: 'grpc', chunks: [text('GET / HTTP/1.1\r\nHost: x\r\n\r\n')], limitMs: promptMs },
  { name: 'grpc: TLS', port: 'grpc', chunks: [text('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03')], limitMs: pingMs },
  h2('silence after the greeting', []),
  h2('a head in halves', [frame(1, 0, 1, grpcHead.subarray(0, 10))]),
  h2('a head and no message', [frame(1, 4, 1, grpcHead)]),
  h2('a frame too long', [Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])]),
  h2('a head on stream 0', [frame(1, 5, 0, grpcHead)]),
  h2('a head on an even stream', [frame(1, 5, 2, grpcHead)]),
  h2('a stream begun twice', [frame(1, 5, 3, grpcHead), frame(1, 5, 1, grpcHead)]),
  h2('a message before its head', [frame(0, 1, 1, Buffer.alloc(10))]),
  h2('a stranger among continuations', [frame(1, 0, 1, grpcHead), frame(6, 0, 0, Buffer.alloc(8))]),
  h2('garbage for headers', [frame(1, 5, 1, Buffer.alloc(50, 0xff))]),
  h2('a table size beyond all', [frame(1, 5, 1, Buffer.from([0x3f, 0xff, 0xff, 0xff, 0x7f]))]),
  h2('a push from the client', [frame(5, 4, 1, number(2))]),
  h2('a window that overflows', [frame(8, 0, 0, number(0x7fffffff)), frame(8, 0, 0, number(0x7fffffff))]),
  h2('a window of none', [frame(8, 0, 0, number(0))]),
  h2('settings of five bytes', [frame(4, 0, 0, Buffer.alloc(5))]),
  h2('settings beyond what is allowed', [frame(4, 0, 0, Buffer.concat([Buffer.from([0, 5]), number(1)]))]),
  h2('a ping of three bytes', [frame(6, 0, 0, Buffer.alloc(3))]),
  h2('a padding longer than its frame', [frame(0, 8, 1, Buffer.from([255, 0]))]),
  h2('a stream that depends on itself', [frame(1, 0x25, 1, Buffer.concat([number(1), Buffer.from([16]), grpcHead]))]),
  h2(
    'twenty thousand pings',
    many(20_000, () => frame(6, 0, 0, Buffer.alloc(8))),
  ),
  h2(
    'twenty thousand settings',
    many(20_000, () => settings),
  ),
  h2('twenty thousand empty messages', [frame(1, 4, 1, grpcHead), ...many(20_000, () => frame(0, 0, 1))]),
  h2('continuations without end', [
    frame(1, 0, 1, grpcHead),
    ...many(3000, () => frame(9, 0, 1, text('a'.repeat(500)))),
  ]),
  h2(
    'five thousand streams begun and reset',
    many(5000, (at) => Buffer.concat([frame(1, 4, 1 + 2 * at, grpcHead), frame(3, 0, 1 + 2 * at, number(8))])),
  ),
  h2(
    'two thousand streams that stay open',
    many(2000, (at) => frame(1, 4, 1 + 2 * at, grpcHead)),
  ),
  h2(
    'types nobody knows',
    many(100, (at) => frame(20 + at, 255, at, Buffer.alloc(20))),
  ),
];

const greeting = Buffer.from([...text('OTRG'), 1, 0, 0, 0]);

/** A frame between sidecars: length, type, flags, stream. */
function peerFrame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  return Buffer.concat([number(payload.length), Buffer.from([type, flags]), number(stream), payload]);
}

function peerHead(fields: readonly string[], bodyLength: number, fieldCount = fields.length): Buffer {
  const joined = Buffer.from(fields.join('\0'));
  const fixed = Buffer.alloc(12);
  fixed.writeUInt16BE(fieldCount, 2);
  fixed.writeUInt32BE(joined.length, 4);
  fixed.writeUInt32BE(bodyLength >>> 0, 8);
  return Buffer.concat([fixed, joined]);
}

const peerFields = (path: string): readonly string[] => [
  'attacked',
  '',
  '',
  'a'.repeat(32),
  'b'.repeat(16),
  '',
  '',
  'POST',
  path,
  '',
];

/** Possibly valid frames are followed by a half-close; invalid ones must close the connection without it. */
function peer(name: string, frames: readonly Buffer[], rest: Partial<Misuse> = { halfClose: true }): Misuse {
  const chunks = [Buffer.concat([greeting, ...frames])];
  return { name: `peers: ${name}`, port: 'peers', chunks, limitMs: promptMs, ...rest };
}

const cut = { halfClose: false };

const peerMisuses: readonly Misuse[] = [
  { name: 'peers: nothing at all', port: 'peers', chunks: [], limitMs: greetingMs },
  { name: 'peers: half a greeting', port: 'peers', chunks: [text('OTR')], limitMs: greetingMs },
  { name: 'peers: HTTP', port: 'peers', chunks: [text('GET / HTTP/1.1\r\nHost: x\r\n\r\n')], limitMs: promptMs },
  { name: 'peers: gRPC', port: 'peers', chunks: [Buffer.concat([preface, settings])], limitMs: promptMs },
  peer('silence after the greeting', [], { limitMs: silenceMs }),
  { ...peer('another version', [], cut), chunks: [Buffer.from([...text('OTRG'), 9, 0, 0, 0])] },
  peer('a frame of 4 GB', [number(0xffffffff), Buffer.alloc(6)], cut),
  peer('a type nobody knows', [peerFrame(99, 0, 1, Buffer.alloc(5))]),
  peer('a head without fields', [peerFrame(1, 1, 1, peerHead([], 0))], cut),
  peer('a head of too many fields', [peerFrame(1, 1, 1, peerHead(peerFields('/x'), 0, 60_000))], cut),
  peer('a head longer than its frame', [peerFrame(1, 1, 1, Buffer.alloc(12, 0xff))], cut),
  peer('a path that climbs', [peerFrame(1, 1, 1, peerHead(peerFields('/../../x#?%00'), 0))]),
  peer('a header that is none', [
    peerFrame(1, 1, 1, peerHead([...peerFields('/x'), 'bad header\r\n', 'va\r\nlue', ':status', '1'], 0)),
  ]),
  peer('a body of 4 GB', [peerFrame(1, 0, 1, peerHead(peerFields('/x'), 0xfffffffe))]),
  peer('a body longer than announced', [
    peerFrame(1, 0, 1, peerHead(peerFields('/x'), 3)),
    peerFrame(4, 1, 1, Buffer.alloc(500)),
  ]),
  peer('a window overrun', [
    peerFrame(1, 0, 1, peerHead(peerFields('/x'), 0xffffffff)),
    ...many(20, () => peerFrame(4, 0, 1, Buffer.alloc(60_000))),
  ]),
  peer(
    'streams backwards',
    [peerFrame(1, 1, 9, peerHead(peerFields('/x'), 0)), peerFrame(1, 1, 3, peerHead(peerFields('/x'), 0))],
    cut,
  ),
  peer(
    'ten thousand calls that wait for their bodies',
    many(10_000, (at) => peerFrame(1, 0, at + 1, peerHead(peerFields('/x'), 9))),
  ),
  peer('credit without measure', [
    peerFrame(1, 1, 1, peerHead(peerFields('/x'), 0)),
    ...many(1000, () => peerFrame(6, 0, 1, number(0xffffffff))),
  ]),
  peer(
    'twenty thousand pings',
    many(20_000, () => peerFrame(7, 0, 0, Buffer.alloc(0))),
  ),
];

/** Random bytes, half of them after a valid beginning. */
function noise(random: SeededRandom, count: number): readonly Misuse[] {
  const beginnings = { http: text('GET / HTTP/1.1\r\n'), grpc: Buffer.concat([preface, settings]), peers: greeting };
  return Array.from({ length: count }, (_one, at): Misuse => {
    const port = random.pick(['http', 'grpc', 'peers'] as const);
    const bytes = random.bytes(20 + random.below(400));
    const chunks = random.percent(50) ? [beginnings[port], bytes] : [bytes];
    return { name: `${port}: noise ${at}`, port, chunks, limitMs: silenceMs };
  });
}

/** All misuses of a connection. */
export function misuses(random: SeededRandom): readonly Misuse[] {
  return [...httpMisuses, ...grpcMisuses, ...peerMisuses, ...noise(random, 150)];
}
