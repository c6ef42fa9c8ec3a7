import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Loaded } from '#core/component.ts';
import { readBody } from '#core/message.ts';
import type { HttpMiddleware, RequestHead } from './http-middleware.ts';
import { transformedBody, pipeline } from './pipeline.ts';

const head: RequestHead = { verb: 'POST', path: '/a', query: '', headers: [], remoteAddress: '' };

/** Appends a suffix to the path and to the end of the body. */
function step(suffix: string): HttpMiddleware {
  return {
    head: (requestHead) => ({ continueWith: { ...requestHead, path: requestHead.path + suffix } }),
    body: () => (chunk) => Buffer.from(chunk ?? suffix),
    close: () => Promise.resolve(),
  };
}

function loaded(steps: Readonly<Record<string, HttpMiddleware>>): Map<string, Loaded<HttpMiddleware>> {
  const all = Object.entries(steps).map(
    ([name, port]) => [name, { name, type: 'middleware.http.x', version: 'v1', metadata: {}, port }] as const,
  );
  return new Map(all);
}

function handlers(...names: readonly string[]) {
  return names.map((name) => ({ name, type: 'middleware.http.x', version: 'v1' }));
}

test('pipeline: undefined without handlers', () => {
  assert.equal(pipeline([], new Map()), undefined);
});

test('pipeline: handlers run in the order of the configuration, and bodies pass all of them', async () => {
  const run = pipeline(handlers('b', 'c'), loaded({ c: step('c'), b: step('b') }));
  const result = await run?.(head);
  assert.ok(result && 'continueWith' in result);
  assert.equal(result.continueWith.path, '/abc');
  assert.equal(String(await readBody(transformedBody(Buffer.from('-'), result.change))), '-bc');
  const chunks = async function* () {
    yield Buffer.from('1');
    yield Buffer.from('2');
  };
  const again = await run?.(head);
  assert.ok(again && 'continueWith' in again);
  assert.equal(String(await readBody(transformedBody(chunks(), again.change))), '12bc');
});

test('pipeline: a handler that is not loaded, or of another type, is skipped until it is loaded', async () => {
  const there = loaded({ b: step('b') });
  const run = pipeline([...handlers('late'), { name: 'b', type: 'middleware.http.y', version: 'v1' }], there);
  const pathNow = async (): Promise<string> => {
    const result = await run?.(head);
    return result && 'continueWith' in result ? result.continueWith.path : '';
  };
  assert.equal(await pathNow(), '/a');
  for (const [name, one] of loaded({ late: step('l') })) there.set(name, one);
  assert.equal(await pathNow(), '/al');
});

test('pipeline: a response ends it', () => {
  const response = { status: 429, headers: [], body: Buffer.from('no') };
  const no: HttpMiddleware = { head: () => ({ response: response }), close: () => Promise.resolve() };
  const never: HttpMiddleware = { head: () => assert.fail('reached'), close: () => Promise.resolve() };
  assert.deepEqual(pipeline(handlers('no', 'never'), loaded({ no, never }))?.(head), { response: response });
});

test('pipeline: an asynchronous handler is awaited before the next ones', async () => {
  const asynchronous: HttpMiddleware = {
    ...step('b'),
    head: (requestHead) => Promise.resolve({ continueWith: { ...requestHead, path: '/changed' } }),
  };
  const run = pipeline(handlers('asynchronous', 'c'), loaded({ asynchronous, c: step('c') }));
  const result = run?.(head);
  assert.ok(result instanceof Promise);
  const { continueWith } = (await result) as { readonly continueWith: RequestHead };
  assert.equal(continueWith.path, '/changedc');
});
