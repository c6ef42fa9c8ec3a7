import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DaprError } from '@outrigger/sdk';
import { conflict } from './problems.ts';
import { serviceApp } from './service-app.ts';
import { testContext } from './testing.ts';

const kit = fileURLToPath(new URL('.', import.meta.url));

/** A service process whose `/slow` never completes. */
const program = `
  import { startService } from '${kit}service.ts';
  const service = await startService({ name: 'sample', build: () => ({
    routes: (app) => { app.get('/slow', { config: { access: 'public' } }, (request, reply) => { reply.hijack(); reply.raw.write('…'); }); },
  }) });
`;

function startProgram(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, APP_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  const line = (msg: string): Promise<Record<string, unknown>> =>
    new Promise((resolve) => {
      const check = (): void => {
        const match = lines.find((one) => one['msg'] === msg);
        if (match) resolve(match);
      };
      child.stdout.on('data', check);
      check();
    });
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((part) => JSON.parse(part) as Record<string, unknown>));
  });
  return { child, line };
}

test('startService: starts without its sidecar, serves /healthz, and stops on SIGTERM within 5 s with an open stream', async () => {
  const { child, line } = startProgram();
  const { url } = await line('listening');
  assert.equal((await fetch(`${String(url)}/healthz`)).status, 204);
  await fetch(`${String(url)}/slow`);
  const startedAt = Date.now();
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 0);
  assert.ok(Date.now() - startedAt < 5_000);
});

test('startService: ends when its parent process has ended', async () => {
  const parentProgram = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['--input-type=module', '-e', process.env.PROGRAM], { stdio: ['ignore', 'inherit', 'inherit'] });
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ['-e', parentProgram], {
    env: { ...process.env, APP_PORT: '0', OUTRIGGER_EXIT_WITH_PARENT: '1', PROGRAM: program },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
  const { url } = JSON.parse(chunk.toString().split('\n')[0] ?? '') as { url: string };
  assert.equal((await fetch(`${url}/healthz`)).status, 204);
  parent.kill('SIGKILL');
  // The pipe closes when the last process that holds it, the service, has ended.
  await once(parent.stdout, 'close');
  await assert.rejects(fetch(`${url}/healthz`));
});

test('startService: a port in use is logged, and the process ends', async () => {
  const first = startProgram();
  const { url } = await first.line('listening');
  const second = startProgram({ APP_PORT: new URL(String(url)).port });
  const { error } = await second.line('could not start');
  assert.match(String(error), /EADDRINUSE/);
  first.child.kill('SIGKILL');
});

test('serviceApp: every error is a problem, and its cause is only in the log', async () => {
  const logged: unknown[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (fields: object) => void logged.push(fields) };
  const app = serviceApp(testContext({ log }), {
    routes(app) {
      app.get('/mistake', () => {
        throw new Error('secret of the house');
      });
      app.get('/unavailable', () => {
        throw new DaprError(500, 'ERR_DIRECT_INVOKE', 'failed to invoke, id: catalog');
      });
      app.get('/conflict', () => {
        throw conflict('too-late', 'Too late.', { since: 'noon' });
      });
    },
  });
  const request = async (url: string) => {
    const reply = await app.inject(url);
    assert.equal(reply.headers['content-type'], 'application/problem+json');
    return { status: reply.statusCode, body: reply.json<Record<string, unknown>>(), text: reply.body };
  };
  const mistake = await request('/mistake');
  assert.equal(mistake.status, 500);
  assert.ok(!mistake.text.includes('secret'));
  assert.equal((await request('/unavailable')).status, 503);
  const { status, body } = await request('/conflict');
  assert.deepEqual([status, body['type'], body['since']], [409, 'too-late', 'noon']);
  assert.equal((await request('/nothing')).status, 404);
  assert.equal(logged.length, 2);
});

const problemType = (body: string): unknown => (JSON.parse(body) as Record<string, unknown>)['type'];

test('serviceApp: a body of 10 MB is 413', async () => {
  const app = serviceApp(testContext(), { routes: (app) => void app.post('/echo', () => 'ok') });
  const payload = { text: 'x'.repeat(10 << 20) };
  const { statusCode, body } = await app.inject({ method: 'POST', url: '/echo', payload });
  assert.deepEqual([statusCode, problemType(body)], [413, 'too-large']);
});

test('serviceApp: an empty body is undefined with any content type', async () => {
  const app = serviceApp(testContext(), { routes: (app) => void app.post('/echo', async ({ body }) => ({ body })) });
  const post = (type: string, payload: string) =>
    app.inject({ method: 'POST', url: '/echo', headers: { 'content-type': type }, payload });
  for (const type of ['application/octet-stream', 'application/json', 'text/plain']) {
    const reply = await post(type, '');
    assert.deepEqual([reply.statusCode, reply.json()], [200, {}]);
  }
  assert.deepEqual((await post('application/json', '{"n":1}')).json(), { body: { n: 1 } });
  assert.match((await post('application/json', '{"n":')).body, /not valid JSON/);
  for (const forbidden of ['{"__proto__":{}}', '{"constructor":{"prototype":{}}}']) {
    const { statusCode, body } = await post('application/json', forbidden);
    assert.equal(statusCode, 400);
    assert.match(body, /must not have a member __proto__/);
  }
  const stranger = await post('application/octet-stream', 'x');
  assert.deepEqual([stranger.statusCode, stranger.headers['content-type']], [415, 'application/problem+json']);
  assert.equal(problemType(stranger.body), 'unsupported-media-type');
});
