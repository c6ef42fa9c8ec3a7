import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from '@nats-io/transport-node';
import { waitForPort } from '../launcher/ports.ts';
import { startReaper } from '../launcher/reaper.ts';
import { supervise } from '../launcher/supervised.ts';
import { natsOptions, natsServer } from './nats.ts';

test(
  'natsServer: with a login, a client without it is rejected, and no argument contains it',
  { timeout: 60_000 },
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'nats-login-'));
    const login = { user: 'tidewater', password: 'p@ss:word/"$#%' };
    const { url, command } = await natsServer(home, () => undefined, { ...process.env, NATS_URL: undefined }, login);
    assert.ok(command);
    assert.equal(statSync(join(home, 'nats.conf')).mode & 0o777, 0o600);
    assert.ok(!command.args.join(' ').includes('ss:word'));
    const reaper = startReaper();
    const ignore = { onLine() {}, onExit() {}, onRestart() {} };
    const program = supervise({ name: 'nats', ...command }, join(home, 'nats.log'), reaper, ignore);
    program.start();
    try {
      await waitForPort(command.port, '127.0.0.1', 15_000);
      const reconnect = false;
      const connection = await connect({ ...natsOptions(url), reconnect });
      await connection.flush();
      await connection.close();
      const servers = `nats://127.0.0.1:${command.port}`;
      await assert.rejects(connect({ servers, reconnect }), /authorization/i);
      await assert.rejects(connect({ servers, reconnect, user: login.user, pass: 'wrong' }), /authorization/i);
    } finally {
      await program.stop(5000);
      reaper.close();
      rmSync(home, { recursive: true, force: true });
    }
  },
);

test('natsOptions: a URL without a login is passed on as it is', () =>
  assert.deepEqual(natsOptions('nats://127.0.0.1:4222'), { servers: 'nats://127.0.0.1:4222' }));
