import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { listenWithRetry } from './listen.ts';

const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
const target = { what: 'the HTTP API', flag: 'dapr-http-port', host: '', port: 3500, log: silentLog };

test('listenWithRetry: a port that becomes free is used', async () => {
  const clock = fakeClock();
  let tries = 0;
  const listening = listenWithRetry({ ...target, clock }, async () => {
    if (++tries < 3) throw taken;
    return 'listening';
  });
  await clock.tick(200);
  assert.equal(await listening, 'listening');
});

test('listenWithRetry: a port that stays in use is ERR_PORT_TAKEN with the flag to change', async () => {
  const clock = fakeClock();
  const rejected = assert.rejects(
    listenWithRetry({ ...target, clock }, () => Promise.reject(taken)),
    /the HTTP API cannot listen on \*:3500: another process holds that port\. .* --dapr-http-port/,
  );
  await clock.tick(10_100);
  await rejected;
});

test('listenWithRetry: a Unix socket in use is named as a socket', async () => {
  const clock = fakeClock();
  const at = { ...target, flag: 'unix-domain-socket', path: '/run/a.socket', clock };
  const rejected = assert.rejects(
    listenWithRetry(at, () => Promise.reject(taken)),
    /cannot listen on \/run\/a\.socket: another process holds that socket\. .* --unix-domain-socket/,
  );
  await clock.tick(10_100);
  await rejected;
});

test('listenWithRetry: any other error is reported immediately', async () => {
  const denied = Object.assign(new Error('permission denied'), { code: 'EACCES' });
  await assert.rejects(
    listenWithRetry({ ...target, clock: fakeClock() }, () => Promise.reject(denied)),
    /cannot listen on \*:3500: permission denied/,
  );
});
