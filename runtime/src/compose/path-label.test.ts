import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extensionRoutes, httpSurface } from '#api/surface.ts';
import { pathLabel } from '#host/telemetry/http-metrics.ts';

/** Labels that are not the whole path, below the version. */
const shortened: Readonly<Record<string, string>> = {
  'state/:store/:key': 'state/:store',
  'state/:store/bulk': 'state/:store',
  'state/:store/transaction': 'state/:store',
  'state/:store/query': 'state/:store',
  'secrets/:store/bulk': 'secrets/:store',
  'secrets/:store/:key': 'secrets/:store',
  'actors/:type/:id/method/:method': 'actors/:type/{id}/method',
  'actors/:type/:id/state/:key': 'actors/:type/{id}/state',
  'actors/:type/:id/state': 'actors/:type/{id}/state',
  'actors/:type/:id/reminders/:name': 'actors/:type/{id}/reminders',
  'actors/:type/:id/timers/:name': 'actors/:type/{id}/timers',
  'actors/:type/:id/turn': 'actors/:type/{id}/turn',
  'workflows/:component/:id': 'workflows/:component/{instanceId}',
  'workflows/:component/:id/raiseEvent/:event': 'workflows/:component/{instanceId}/raiseEvent/{eventName}',
  'workflows/:component/:id/pause': 'workflows/:component/{instanceId}/pause',
  'workflows/:component/:id/resume': 'workflows/:component/{instanceId}/resume',
  'workflows/:component/:id/terminate': 'workflows/:component/{instanceId}/terminate',
  'workflows/:component/:id/purge': 'workflows/:component/{instanceId}/purge',
};
/** Labels with an unbounded parameter, as on the reference. The number of series is limited. */
const unbounded = new Set(['configuration/:store/:id/unsubscribe', 'metadata/:key']);

test('http_server path label: every route of the surface has one, without key, id or event', () => {
  for (const { path } of [...httpSurface, ...extensionRoutes]) {
    const [, version = '', below = ''] = /^(\/v1\.0[^/]*\/)(.*)$/.exec(path) ?? [];
    const sampleOf = (text: string): string => text.replace(/:(\w+)/g, 'the-$1').replace('*', 'the-rest');
    const label = pathLabel(sampleOf(path));
    assert.equal(label, version + sampleOf(shortened[below] ?? below), path);
    if (!unbounded.has(below)) assert.doesNotMatch(label, /the-(id|key|event)\b/, path);
  }
});
