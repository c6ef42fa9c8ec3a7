import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endToEndHeaders, forwardedHeaders } from './headers.ts';

/** Parses `a: 1 | b: 2` into a flat list. */
const flat = (lines: string): string[] => lines.split(' | ').flatMap((line) => line.split(': '));

test('endToEndHeaders: connection headers are not passed on', () => {
  const input =
    'Connection: keep-alive | Keep-Alive: timeout=5 | Proxy-Connection: x | Proxy-Authorization: x | TE: trailers | ' +
    'Trailer: X | Transfer-Encoding: chunked | Upgrade: h2c | HTTP2-Settings: AA | Content-Length: 3 | Host: h | ' +
    'Expect: 100-continue | X-Stays: yes';
  assert.deepEqual(endToEndHeaders(flat(input)), flat('x-stays: yes'));
});

test('endToEndHeaders: headers named by Connection are not passed on', () => {
  const input = [
    'X-Secret',
    '1',
    'Connection',
    'close, x-secret',
    'Connection',
    'X-Other',
    'X-Other',
    '2',
    'X-Stays',
    '3',
  ];
  assert.deepEqual(endToEndHeaders(input), ['x-stays', '3']);
});

test('endToEndHeaders: identities claimed by a caller, tokens and trace headers are removed', () => {
  const input =
    'dapr-caller-app-id: spoofed | DAPR-Caller-Namespace: spoofed | dapr-callee-app-id: spoofed | dapr-app-id: target | ' +
    'dapr-api-token: secret | destination-app-id: x | grpc-trace-bin: AA | traceparent: 00-1 | tracestate: a=b | baggage: k=v';
  assert.deepEqual(endToEndHeaders(flat(input)), []);
});

test('endToEndHeaders: repeated headers stay repeated, and names reserved by gRPC get a prefix', () => {
  const input = ['Accept', 'a', 'accept', 'b', 'grpc-timeout', '1S'];
  assert.deepEqual(endToEndHeaders(input), ['accept', 'a', 'accept', 'b', 'dapr-grpc-timeout', '1S']);
});

test('forwardedHeaders: an IPv6 address is quoted and bracketed in Forwarded', () => {
  assert.deepEqual(forwardedHeaders({ address: 'fd00::1', name: 'box' }), [
    'x-forwarded-for',
    'fd00::1',
    'x-forwarded-host',
    'box',
    'forwarded',
    'for="[fd00::1]";by="[fd00::1]";host=box',
  ]);
  assert.deepEqual(forwardedHeaders({ address: '', name: '' }), []);
});
