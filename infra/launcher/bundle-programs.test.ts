import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StartError } from '../servers/server.ts';
import { bundlePrograms, serviceArgs } from './bundle-programs.ts';
import type { Bundle } from './bundles.ts';

function bundling(result: (bundle: Bundle) => Promise<string> = ({ home }) => Promise.resolve(`/${home}`)) {
  const lines: string[] = [];
  const made: string[] = [];
  const progress = {
    print: (text: string) => void lines.push(text),
    step: (text: string) => () => void lines.push(text),
  };
  const make = async (bundle: Bundle, begin: () => () => void): Promise<string> => {
    made.push(bundle.name);
    const folder = await result(bundle);
    begin()();
    return folder;
  };
  return {
    lines,
    made,
    run: (options: { watch?: boolean; daprd?: string }, env = {}) =>
      bundlePrograms({ watch: false, ...options }, progress, env, make),
  };
}

test('bundlePrograms: services and sidecar are bundled, each with a progress line', async () => {
  const it = bundling();
  assert.deepEqual(await it.run({}), { servicesFolder: '/services' });
  assert.deepEqual(it.lines.toSorted(), ['Services bundled', 'Sidecar bundled']);
});

test('bundlePrograms: what is not started from a bundle is not bundled', async () => {
  const watching = bundling();
  assert.deepEqual(await watching.run({ watch: true }), { servicesFolder: undefined });
  assert.deepEqual(watching.made, ['sidecar']);
  const onDaprd = bundling();
  assert.deepEqual(await onDaprd.run({ daprd: '/opt/dapr' }), { servicesFolder: '/services' });
  assert.deepEqual(onDaprd.made, ['services']);
  const fromSource = bundling();
  assert.deepEqual(await fromSource.run({}, { OUTRIGGER_FROM_SOURCE: '1' }), { servicesFolder: undefined });
  assert.deepEqual(fromSource.made, []);
});

test('bundlePrograms: when bundling fails the reason is shown and the services run from source', async () => {
  const it = bundling(({ name }) =>
    name === 'services'
      ? Promise.reject(new StartError('The services cannot be bundled: cart.ts\nline 2', ''))
      : Promise.resolve('/runtime'),
  );
  assert.deepEqual(await it.run({}), { servicesFolder: undefined });
  assert.deepEqual(it.lines.toSorted(), [
    'Sidecar bundled',
    'The services cannot be bundled: cart.ts',
    'The services run from source instead, which takes longer to start.',
    'line 2',
  ]);
  const readOnly = bundling(() => Promise.reject(new Error('EROFS: read-only file system')));
  assert.deepEqual(await readOnly.run({}), { servicesFolder: undefined });
  assert.ok(readOnly.lines.includes('EROFS: read-only file system'));
});

test('serviceArgs: the file of the bundle, or the source without one', () => {
  const main = 'services/cart/src/main.ts';
  const bundled = serviceArgs('cart', main, { servicesFolder: '/bundle' });
  assert.deepEqual(bundled.slice(-2), ['--enable-source-maps', '/bundle/cart.cjs']);
  const fromSource = serviceArgs('cart', main, {});
  assert.match(fromSource.at(-1) ?? '', /^\/.*services\/cart\/src\/main\.ts$/);
  for (const args of [bundled, fromSource]) assert.ok(args.some((each) => each.startsWith('--max-semi-space-size=')));
});
