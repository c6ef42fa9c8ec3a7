import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grpcSurface, httpSurface, extensionRoutes } from './surface.ts';

test('every route has one row, and every RPC of the service is listed', () => {
  const rows = httpSurface.flatMap(({ verbs, path }) => verbs.map((verb) => `${verb} ${path}`));
  assert.equal(new Set(rows).size, rows.length);
  assert.equal(Object.keys(grpcSurface).length, 72);
  assert.ok(extensionRoutes.every(({ path }) => path.startsWith('/v1.0-outrigger/')));
});

test('what is not there yet says why', () => {
  for (const { path, status } of httpSurface) if (status !== 'done') assert.ok(status.notYet.length > 10, path);
});
