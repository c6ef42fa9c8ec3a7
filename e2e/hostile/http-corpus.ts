import { httpSurface, extensionRoutes } from '../../runtime/src/api/surface.ts';
import { brokenBytes, oddJson, oddTexts, oddTimes, oddValue } from './odd-values.ts';
import type { SeededRandom } from './seeded-random.ts';
import { validBodies, validNames } from './valid-requests.ts';

export interface HostileRequest {
  /** `POST /v1.0/state/:store`, for the report. */
  readonly route: string;
  readonly bytes: Buffer;
}

/** Segments of a request line. Some are not valid there. */
const oddSegments: readonly string[] = [
  ...oddTexts.filter((text) => text.length < 5000 && text.isWellFormed()).map(encodeURIComponent),
  '%2e%2e',
  '%2E%2E%2F%2e%2e%2fetc%2fpasswd',
  '..%5c..',
  '%',
  '%zz',
  '%e0%80%80',
  '%ff%fe',
  '%ed%a0%80',
  '%c0%ae%c0%ae',
  '%u0000',
  '%0d%0aX-Evil:%201',
  '+',
  '%2B',
  '//',
  '///x///',
  'a;b=c',
  'a%3Bb',
  '\u00ff\u00fe',
  '"',
  '<script>',
  '{x}',
  ':name',
  '*',
  'bulk',
  'query',
  'transaction',
  'subscribe',
  'x'.repeat(1000),
  'x'.repeat(7000),
  'x'.repeat(20_000),
  '%41'.repeat(2000),
];

const oddQueries: readonly string[] = [
  'consistency=weird',
  'concurrency=first-write&concurrency=last-write',
  'metadata.ttlInSeconds=abc',
  'metadata.ttlInSeconds=-99999999999999999999',
  'metadata.ttlInSeconds=1e400',
  'metadata.=x',
  'metadata.__proto__=x&metadata.constructor=y',
  'metadata.rawPayload=maybe',
  'metadata.cloudevent.id=%00',
  'metadata.a%0d%0ab=c',
  'metadata.x=%ff%fe',
  'a[]=1&a[b]=2&[=]',
  '%=%&=&&&?',
  'key=a&key=b&key=%00',
  'appid=other',
  'kind=nonsense&limit=-1&after=1e99&since=never&traceId=zz',
  'limit=99999999999999999999999',
  Array.from({ length: 400 }, (_one, at) => `p${at}=1`).join('&'),
  'x'.repeat(3000),
];

const oddHeaders: readonly string[] = [
  'If-Match: "',
  'If-Match: 99999999999999999999999',
  'If-Match: *',
  'If-Match: a\r\nIf-Match: b',
  'traceparent: 00-00000000000000000000000000000000-0000000000000000-01',
  'traceparent: ff-zz',
  `tracestate: ${'a=b,'.repeat(500)}`,
  'baggage: =;;=,,',
  'baggage: key=va lue;prop',
  `baggage: ${'k=v,'.repeat(800)}k=v`,
  'dapr-api-token: nonsense',
  'dapr-app-id: attacked',
  'dapr-app-id:',
  'dapr-app-id: attacked\r\ndapr-app-id: other',
  'dapr-app-id: a/../b',
  'dapr-app-id: http://127.0.0.1:1',
  'Authorization: Basic %%%',
  `Authorization: Basic ${Buffer.from('dapr-app-id:').toString('base64')}`,
  `Authorization: Basic ${Buffer.from('dapr-app-id:a:b').toString('base64')}`,
  'Expect: 100-continue',
  'Expect: the-unexpected',
  'Content-Encoding: gzip',
  'Content-Encoding: br, nonsense',
  'Connection: upgrade\r\nUpgrade: websocket',
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
  'Connection: content-type, dapr-app-id, host',
  'Dapr-Reentrancy-Id: ',
  'Dapr-Reentrancy-Id: \u00ff\u00ff',
  'x-outrigger-turn: none-such',
  'x-outrigger-private: maybe',
  'Accept: text/event-stream',
  'Accept: \u0080\u0081',
  'Host: evil.example:99999',
  'Origin: null',
  'Content-Type: application/json; charset=utf-16',
  'Content-Type: application/json\r\nContent-Type: text/plain',
  'Content-Type: ;;;',
  'Content-Type: multipart/form-data; boundary=',
  'Content-Type: application/cloudevents+json',
  'Content-Type: application/cloudevents-batch+json',
  'Content-Type: application/octet-stream',
  'dapr-key-name: key',
  'dapr-key-name: ../key',
  'dapr-key-name: key\r\ndapr-key-wrap-algorithm: AES',
  'dapr-key-name: key\r\ndapr-key-wrap-algorithm: RSA\r\ndapr-data-encryption-cipher: rot13',
  'X-Nul: a\0b',
  'X Space: a',
  ': nameless',
  'no colon at all',
  ' folded: x',
  'X-Folded: a\r\n b',
  `X-Long: ${'h'.repeat(3500)}`,
  `X-Flood: ${'h'.repeat(64_000)}`,
  Array.from({ length: 300 }, (_one, at) => `x-${at}: ${at}`).join('\r\n'),
  Array.from({ length: 3000 }, (_one, at) => `x-${at}: ${at}`).join('\r\n'),
];

/** Headers that announce the body. `%` stands for its length. */
const oddLengths: readonly string[] = [
  'Content-Length: -1',
  'Content-Length: +%',
  'Content-Length: 0x10',
  'Content-Length: 99999999999999999999',
  'Content-Length: %\r\nContent-Length: 1',
  'Content-Length: %, %',
  'Content-Length: %\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding:\tchunked',
  'Content-Length:',
];

const oddVerbs: readonly string[] = ['PATCH', 'TRACE', 'OPTIONS', 'HEAD', 'PROPFIND', 'FOO', 'get', 'CONNECT', 'QUERY'];

/** Bytes a body may have: over the limit that the sidecar under attack is given. */
export const maxBodyBytes = 256 * 1024;

const rows = [...httpSurface, ...extensionRoutes]
  // A valid request would end the attack.
  .filter(({ path }) => path !== '/v1.0/shutdown')
  .flatMap(({ path, verbs }) =>
    (verbs[0] === '*' ? ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] : verbs).map((verb) => ({ path, verb })),
  );

/** `perRoute` requests on every route and verb of the surface, in an order that mixes them. */
export function httpCorpus(random: SeededRandom, perRoute: number): readonly HostileRequest[] {
  const requests: HostileRequest[] = [];
  for (let round = 0; round < perRoute; round++)
    for (const { path, verb } of rows) requests.push(hostile(verb, path, random));
  return requests;
}

function hostile(verb: string, path: string, random: SeededRandom): HostileRequest {
  const route = `${verb} ${path}`;
  const usedVerb = random.percent(3) ? random.pick(oddVerbs) : verb;
  const target = `${targetOf(path, random)}${queryOf(random)}`;
  const body = bodyOf(verb, path, random);
  const headers = ['Host: 127.0.0.1', 'Connection: close', ...headersOf(random)];
  const framed = framing(body, random);
  const head = [`${usedVerb} ${target} HTTP/1.1`, ...headers, ...framed.headers, '', ''].join('\r\n');
  return { route, bytes: Buffer.concat([Buffer.from(head, 'latin1'), framed.body]) };
}

function targetOf(path: string, random: SeededRandom): string {
  const target = path
    .split('/')
    .map((segment) => {
      if (!/^[:*]/.test(segment)) return segment;
      const valid = validNames(path, segment);
      return random.percent(65) ? random.pick(valid) : random.pick(oddSegments);
    })
    .join('/');
  switch (random.below(25)) {
    case 0:
      return target.replace('/', '//');
    case 1:
      return `${target}/`;
    case 2:
      return `/./x/..${target}`;
    case 3:
      return `http://127.0.0.1${target}`;
    case 4:
      return target.replace('/v1.0', '/V1.0');
    default:
      return target;
  }
}

function queryOf(random: SeededRandom): string {
  return random.percent(70) ? '' : `?${random.pick(oddQueries)}`;
}

function headersOf(random: SeededRandom): readonly string[] {
  if (random.percent(65)) return [];
  return Array.from({ length: 1 + random.below(3) }, () => random.pick(oddHeaders));
}

function bodyOf(verb: string, path: string, random: SeededRandom): Buffer {
  const valid = validBodies(path);
  if (verb === 'GET' || verb === 'DELETE') return random.percent(90) ? Buffer.alloc(0) : random.bytes(50);
  const text = oddJson(random.pick(valid), random);
  switch (random.below(20)) {
    case 0:
      return Buffer.alloc(0);
    case 1:
      return Buffer.from(JSON.stringify(oddValue(random)) ?? '');
    case 2:
    case 3:
      return brokenBytes(text, random);
    case 4:
      return Buffer.alloc(maxBodyBytes + 1 + random.below(100_000), 'x');
    case 5:
      return Buffer.from(JSON.stringify(random.pick(valid)));
    default:
      return Buffer.from(text);
  }
}

interface Framed {
  readonly headers: readonly string[];
  readonly body: Buffer;
}

function framing(body: Buffer, random: SeededRandom): Framed {
  if (body.length === 0 && random.percent(50)) return { headers: [], body };
  const length = `Content-Length: ${body.length}`;
  switch (random.below(25)) {
    case 0:
      return { headers: [random.pick(oddLengths).replaceAll('%', String(body.length))], body };
    case 1:
      // Too short: the rest looks like another request.
      return { headers: [`Content-Length: ${Math.max(0, body.length - 5)}`], body };
    case 2:
      return { headers: ['Transfer-Encoding: chunked'], body: chunked(body, random) };
    case 3:
      return { headers: ['Transfer-Encoding: chunked'], body: brokenChunks(body, random) };
    default:
      return { headers: [length], body };
  }
}

function chunked(body: Buffer, random: SeededRandom): Buffer {
  const size = 1 + random.below(5000);
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.subarray(at, at + size);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

function brokenChunks(body: Buffer, random: SeededRandom): Buffer {
  const size = random.pick(['-1', 'FFFFFFFFFFFFFFFFF', 'zz', '', '0x5', '5;'.padEnd(20_000, 'e'), '5 5', '\0']);
  return Buffer.concat([Buffer.from(`${size}\r\n`), body, Buffer.from('\r\n0\r\nX-Trailer: \0\r\n\r\n')]);
}

/** Header texts and times, for protocols other than HTTP. */
export const texts: readonly string[] = [...oddTexts, ...oddTimes];
