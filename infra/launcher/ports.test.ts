import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { test } from 'node:test';
import { holderOf } from './ports.ts';

test('holderOf: the program is named as it was started, not as one of its threads', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const holder = holderOf((server.address() as AddressInfo).port);
  server.close();
  if (holder === undefined) return t.skip('neither ss nor lsof is here');
  assert.equal(holder, `pid ${process.pid} (${basename(process.argv0)})`);
});
