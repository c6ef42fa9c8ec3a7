import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathShape } from '#api/http/server/api-rules.ts';
import { httpServer } from '#api/http/server/server.ts';
import { anyVerb, httpSurface, extensionRoutes } from '#api/surface.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { readiness } from '#core/readiness.ts';
import type { Blocks } from './blocks/blocks.ts';
import { apiRoutes } from './routes.ts';

/** Routes use their blocks only for requests, and none is sent here. */
const untouched = {} as Blocks;

async function registered(): Promise<readonly string[]> {
  const clock = fakeClock();
  const routes = apiRoutes({
    appId: 'cart',
    blocks: untouched,
    metadata: { get: () => assert.fail(), set() {} },
    all: readiness(),
    outbound: readiness(),
    shutdown() {},
    stopping: new AbortController().signal,
    maxBodyBytes: 1,
    clock,
  });
  const limits = { maxBodyBytes: 1, maxHeaderBytes: 1, samplingRate: 0, allowedOrigins: [] };
  const rules = { allowed: [], denied: [] };
  const api = await httpServer({ ...limits, rules, routes, clock, random: seededRandom(), log: silentLog });
  await api.close(0);
  return api.routes;
}

test('apiRoutes: the server has exactly the routes that the surface lists as done', async () => {
  const done = httpSurface.filter(({ status }) => status === 'done');
  const expected = [...done, ...extensionRoutes].flatMap(({ verbs, path }) =>
    verbs === anyVerb ? [`* ${path}`] : verbs.map((verb) => `${verb} ${pathShape(path)}`),
  );
  const matches = (await registered()).map((route) => {
    const [verb = '', path = ''] = route.split(' ');
    return path === '/v1.0/invoke/*' ? `* ${path}` : `${verb} ${pathShape(path)}`;
  });
  assert.deepEqual([...new Set(matches)].sort(), expected.sort());
});
