import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsumeMessage } from 'amqplib';
import { metadataOf, namedProperties, priorityOf, ttlMsOf } from './message-properties.ts';

test('message ttl: a duration, or seconds above zero', () => {
  const cases = { '10': 10_000, '1500ms': 1500, '1m': 60_000, '-1s': 0, '': undefined, '9999999999': 4_294_967_295 };
  for (const [ttlInSeconds, ms] of Object.entries(cases)) assert.equal(ttlMsOf({ ttlInSeconds }), ms, ttlInSeconds);
  assert.equal(ttlMsOf({ TTL: '3', ttlInSeconds: '4' }), 3000);
  for (const ttl of ['0', '-3', 'soon', '1.5']) assert.throws(() => ttlMsOf({ ttl }), /ttl value must be/);
});

test('message priority: a number, clamped to a byte', () => {
  const cases = { '5': 5, '-2': 0, '900': 255, '': undefined };
  for (const [priority, expected] of Object.entries(cases)) assert.equal(priorityOf({ priority }), expected);
  assert.throws(() => priorityOf({ priority: 'high' }), /priority value must be a valid integer: actual is 'high'/);
});

test('message properties: four are read from a request, case-insensitively', () => {
  const metadata = { ContentType: 'text/xml', messageid: 'm', correlationID: 'c', type: 't', other: 'x' };
  const expected = { contentType: 'text/xml', messageId: 'm', correlationId: 'c', type: 't' };
  assert.deepEqual(namedProperties(metadata), expected);
  assert.throws(() => namedProperties({ messageID: 'x'.repeat(256) }), /messageID is longer than 255 bytes/);
});

test('message properties: have upstream’s names as metadata', () => {
  const headers = { one: 'a', two: 2, three: Buffer.from('b'), four: null };
  const properties = { messageId: 'm', correlationId: 'c', type: 't', contentType: 'text/plain', headers };
  assert.deepEqual(metadataOf({ properties } as unknown as ConsumeMessage), {
    'metadata.messageid': 'm',
    'metadata.correlationid': 'c',
    'metadata.type': 't',
    'metadata.contenttype': 'text/plain',
    'metadata.one': 'a',
    'metadata.two': '2',
    'metadata.three': 'b',
  });
});
