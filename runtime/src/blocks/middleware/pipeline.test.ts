import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Loaded } from '#core/component.ts';
import { readBody } from '#core/message.ts';
import type { HttpMiddleware, RequestHead } from './http-middleware.ts';
import { transformedBody, pipeline } from './pipeline.ts';

const head: RequestHead = { verb: 'POST', path: '/a', query: '', headers: [], remoteAddress: '' };

/** Adds a letter to the path and to the end of the body. */
function step(suffix: string): HttpMiddleware {
  return {
    head: (requestHead) => ({ go: { ...requestHead, path: requestHead.path + suffix } }),
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

test('there is no pipeline without handlers', () => {
  assert.equal(pipeline([], new Map()), undefined);
});

test('steps come in the order of the configuration, and bodies pass all of them', async () => {
  const run = pipeline(handlers('b', 'c'), loaded({ c: step('c'), b: step('b') }));
  const result = await run?.(head);
  assert.ok(result && 'go' in result);
  assert.equal(result.go.path, '/abc');
  assert.equal(String(await readBody(transformedBody(Buffer.from('-'), result.change))), '-bc');
  const chunks = async function* () {
    yield Buffer.from('1');
    yield Buffer.from('2');
  };
  const again = await run?.(head);
  assert.ok(again && 'go' in again);
  assert.equal(String(await readBody(transformedBody(chunks(), again.change))), '12bc');
});

test('a step that is not loaded, or is of another type, is passed over until it is there', async () => {
  const there = loaded({ b: step('b') });
  const run = pipeline([...handlers('late'), { name: 'b', type: 'middleware.http.y', version: 'v1' }], there);
  const pathNow = async (): Promise<string> => {
    const result = await run?.(head);
    return result && 'go' in result ? result.go.path : '';
  };
  assert.equal(await pathNow(), '/a');
  for (const [name, one] of loaded({ late: step('l') })) there.set(name, one);
  assert.equal(await pathNow(), '/al');
});

test('an answer ends the pipeline', () => {
  const response = { status: 429, headers: [], body: Buffer.from('no') };
  const no: HttpMiddleware = { head: () => ({ answer: response }), close: () => Promise.resolve() };
  const never: HttpMiddleware = { head: () => assert.fail('reached'), close: () => Promise.resolve() };
  assert.deepEqual(pipeline(handlers('no', 'never'), loaded({ no, never }))?.(head), { answer: response });
});

test('a step that has to ask somebody is waited for, and the ones after it come after it', async () => {
  const asking: HttpMiddleware = {
    ...step('b'),
    head: (requestHead) => Promise.resolve({ go: { ...requestHead, path: '/asked' } }),
  };
  const run = pipeline(handlers('asking', 'c'), loaded({ asking, c: step('c') }));
  const result = run?.(head);
  assert.ok(result instanceof Promise);
  const { go } = (await result) as { readonly go: RequestHead };
  assert.equal(go.path, '/askedc');
});
