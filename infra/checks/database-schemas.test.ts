import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';
import { qualifiedTables, schemaOwners, type SourceFile } from './database-schemas.ts';

const sources: readonly SourceFile[] = globSync('services/*/src/**/*.ts', { cwd: root })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !/\.test\.ts$|\/testing\.ts$|^services\/kit\//.test(file))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

test('services: each database schema is opened by one service, and each service opens one', () => {
  const owners = schemaOwners(sources);
  assert.ok(owners.size >= 5, [...owners.keys()].join(', '));
  const shared = [...owners].filter(([schema, folders]) => schema === '?' || folders.size > 1);
  assert.deepEqual(shared, []);
  const folders = [...owners.values()].flatMap((each) => [...each]);
  assert.equal(new Set(folders).size, folders.length);
});

test('services: SQL names no schema, so that it finds only the tables of its service', () => {
  const schemas = [...schemaOwners(sources).keys()];
  assert.deepEqual(
    sources.flatMap((source) => qualifiedTables(source, schemas)),
    [],
  );
});

test('services: only the kit sets the search path, to one schema', () => {
  assert.deepEqual(
    sources.filter(({ text }) => /search_path|set schema/i.test(text)).map(({ file }) => file),
    [],
  );
  assert.match(readFileSync(join(root, 'services/kit/src/database.ts'), 'utf8'), /search_path/);
});

test('schemaOwners, qualifiedTables: find a shared schema and a table of another service', () => {
  const cart = {
    file: 'services/cart/src/a.ts',
    text: "await openDatabase(context, { schema: 'ordering', migrations })",
  };
  const order = { file: 'services/order/src/b.ts', text: cart.text };
  assert.deepEqual([...(schemaOwners([cart, order]).get('ordering') ?? [])], ['services/cart', 'services/order']);
  const query = { file: 'services/cart/src/c.ts', text: "query('select 1 from ordering.orders where orders.id = 1')" };
  assert.deepEqual(qualifiedTables(query, ['ordering']), ['services/cart/src/c.ts: from ordering.orders']);
});
