import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '#core/fake-clock.ts';
import type { Connection, Parameter, Row } from './connection.ts';
import { stateReader } from './state-reader.ts';
import { stateShapeV2 } from './state-shape.ts';

/** A reader whose statements wait until the test responds. */
function readerUnderTest() {
  const statements: { keys: number; respond(rows: readonly Row[]): void; fail(cause: Error): void }[] = [];
  const connection: Connection = {
    run: (_statement, [parameter]) =>
      new Promise((respond, fail) => statements.push({ keys: keysIn(parameter), respond, fail })),
    transaction: () => Promise.reject(new Error('not expected')),
    close: () => Promise.resolve(),
  };
  return { statements, reader: stateReader(connection, stateShapeV2('state')) };
}

/** A single key is text; several are an array whose header has their number. */
function keysIn(parameter: Parameter | undefined): number {
  return Buffer.isBuffer(parameter) ? parameter.readInt32BE(12) : 1;
}

const row = (key: string): Row => [key, '\\x41', 'an etag', null];

test('state reader: at most two statements are in flight, and waiting reads share one', async () => {
  const { statements, reader } = readerUnderTest();
  const reads = [reader.get('a')];
  await settle(1);
  reads.push(reader.get('b'));
  await settle(1);
  for (const key of ['c', 'd', 'e', 'c']) {
    reads.push(reader.get(key));
    await settle(1);
  }
  assert.deepEqual(
    statements.map(({ keys }) => keys),
    [1, 1],
  );
  statements[0]?.respond([row('a')]);
  await settle(1);
  assert.equal(statements[2]?.keys, 3);
  statements[1]?.respond([]);
  statements[2]?.respond(['e', 'c'].map(row));
  const values = await Promise.all(reads);
  assert.deepEqual(
    values.map((value) => value?.etag !== undefined),
    [true, false, true, false, true, true],
  );
});

test('state reader: a failed statement rejects only its own reads', async () => {
  const { statements, reader } = readerUnderTest();
  const failing = assert.rejects(reader.get('a'), /broken/);
  await settle(1);
  const second = reader.get('b');
  await settle(1);
  const third = reader.get('c');
  statements[0]?.fail(new Error('broken'));
  await failing;
  await settle(1);
  statements[1]?.respond([row('b')]);
  statements[2]?.respond([row('c')]);
  assert.deepEqual([(await second)?.etag, (await third)?.etag], ['an etag', 'an etag']);
});

test('state reader: splits more keys than fit into one statement', async () => {
  const { statements, reader } = readerUnderTest();
  const reads = Array.from({ length: 300 }, (_, n) => reader.get(`k${n}`));
  await settle(1);
  assert.deepEqual(
    statements.map(({ keys }) => keys),
    [256, 44],
  );
  for (const statement of statements) statement.respond([]);
  assert.ok((await Promise.all(reads)).every((value) => value === undefined));
});
