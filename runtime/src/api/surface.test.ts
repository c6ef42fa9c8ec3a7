import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grpcSurface, httpSurface, extensionRoutes } from './surface.ts';

test('surface: every route has one row, and every RPC is listed', () => {
  const rows = httpSurface.flatMap(({ verbs, path }) => verbs.map((verb) => `${verb} ${path}`));
  assert.equal(new Set(rows).size, rows.length);
  assert.equal(Object.keys(grpcSurface).length, 72);
  assert.ok(extensionRoutes.every(({ path }) => path.startsWith('/v1.0-outrigger/')));
});

test('surface: a row that is not done has a reason', () => {
  for (const { path, status } of httpSurface) if (status !== 'done') assert.ok(status.notYet.length > 10, path);
});
