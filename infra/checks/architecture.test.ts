import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';
import { importsOf, readAliases, violationOf, resolveImport } from './imports.ts';

const aliases = readAliases(root);
const isTestFile = (file: string): boolean =>
  /\.(test|conformance|bench)\.tsx?$|(^|[/.])testing\.ts$|\/test-server\.ts$|\/mock\/|^frontend\/testing\//.test(file);
const sources = globSync(
  ['runtime/{src,sdk}/**/*.ts', 'services/**/*.ts', 'frontend/{src,*}/**/*.{ts,tsx}', 'infra/**/*.ts', 'e2e/**/*.ts'],
  { cwd: root },
)
  .filter((file) => !/node_modules|\/dist\/|^runtime\/gen\//.test(file))
  .toSorted();

test('import table: every source file imports only what its zone allows', () => {
  assert.ok(sources.length > 60, `found only ${sources.length} files: the pattern is wrong`);
  const violations = sources
    .filter((file) => !isTestFile(file))
    .flatMap((file) =>
      importsOf(readFileSync(join(root, file), 'utf8')).map((name) =>
        violationOf(file, resolveImport(name, file, aliases)),
      ),
    )
    .filter((reason) => reason !== undefined);
  assert.deepEqual(violations, []);
});

test('importsOf: finds every form of import and nothing else', () => {
  const specifiers = importsOf(`
import { a } from './a.ts';
import type { B } from '#core/b.ts';
import {
  c,
} from "./double-quotes-are-not-our-style.ts";
import {
  d,
} from './d.ts';
export { e } from './e.ts';
import './f.ts';
const g = await import('./g.ts');
const x = Buffer.from('1');
// import { no } from './comment.ts';
`);
  assert.deepEqual([...specifiers].toSorted(), ['#core/b.ts', './a.ts', './d.ts', './e.ts', './f.ts', './g.ts']);
});

const forbidden: readonly (readonly [file: string, specifier: string])[] = [
  ['runtime/src/core/clock.ts', 'node:fs'],
  ['runtime/src/blocks/state/state.ts', '#api/http/server/server.ts'],
  ['runtime/src/blocks/state/state.ts', 'pg'],
  ['runtime/src/blocks/state/state.ts', '../../components/postgres/state-store.ts'],
  ['runtime/src/blocks/pubsub/pubsub.ts', '#blocks/actors/actors.ts'],
  ['runtime/src/components/memory/state-store.ts', '#components/postgres/connection.ts'],
  ['runtime/src/components/nats/broker.ts', 'pg'],
  ['runtime/src/components/postgres/state-store.ts', '#blocks/state/state.ts'],
  ['runtime/src/api/http/routes/state.routes.ts', '#components/memory/state-store.ts'],
  ['runtime/src/api/http/server/server.ts', '#api/http/routes/state.routes.ts'],
  ['runtime/src/host/process/log.ts', '#blocks/state/state.ts'],
  ['runtime/sdk/src/sdk.ts', '../../src/core/clock.ts'],
  ['services/cart/src/main.ts', '../../order/src/order.ts'],
  ['services/cart/src/main.ts', '@outrigger/runtime/sidecar'],
  ['services/contracts/src/events.ts', 'fastify'],
  ['frontend/src/main.tsx', '@tidewater/kit/service.ts'],
  ['infra/start.ts', '../runtime/src/main.ts'],
  ['e2e/store/buy.test.ts', '../../services/cart/src/domain/cart.ts'],
];
for (const [file, specifier] of forbidden) {
  test(`import table: ${file} must not import ${specifier}`, () =>
    assert.ok(violationOf(file, resolveImport(specifier, file, aliases))));
}

const allowed: readonly (readonly [file: string, specifier: string])[] = [
  ['runtime/src/blocks/state/state.ts', './state-store.ts'],
  ['runtime/src/blocks/actors/actors.ts', '#blocks/state/state-store.ts'],
  ['runtime/src/components/postgres/state-store.ts', '#blocks/state/state-store.ts'],
  ['runtime/src/components/postgres/connection.ts', 'pg'],
  ['services/order/src/main.ts', '@tidewater/kit/service.ts'],
  ['frontend/src/main.tsx', '@tidewater/contracts/catalog.ts'],
];
for (const [file, specifier] of allowed) {
  test(`import table: ${file} may import ${specifier}`, () =>
    assert.equal(violationOf(file, resolveImport(specifier, file, aliases)), undefined));
}
