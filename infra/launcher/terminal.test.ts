import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { parseLogLine, terminal } from './terminal.ts';

test('parseLogLine: routine lines of Postgres and NATS need no attention', () => {
  for (const line of [
    '2026-01-01 10:00:00.000 UTC [12] FATAL:  terminating connection due to unexpected postmaster exit',
    '2026-01-01 10:00:00.000 UTC [12] FATAL:  the database system is starting up',
    '2026-01-01 10:00:00.000 UTC [12] FATAL:  the database system is in recovery mode',
    '2026-01-01 10:00:00.000 UTC [12] FATAL:  the database system is not yet accepting connections',
    '2026-01-01 10:00:00.000 UTC [12] LOG:  database system is ready to accept connections',
    '[12] 2026/01/01 10:00:00.000000 [WRN] Filestore [orders] Recovering stream state from index errored: no file',
    '[12] 2026/01/01 10:00:00.000000 [WRN] Plaintext passwords detected, use nkeys or bcrypt',
  ])
    assert.equal(parseLogLine(line).needsAttention, false, line);
});

test('parseLogLine: other warnings of the servers need attention', () => {
  for (const line of [
    '2026-01-01 10:00:00.000 UTC [12] FATAL:  password authentication failed for user "order"',
    '2026-01-01 10:00:00.000 UTC [12] ERROR:  relation "orders" does not exist',
    '[12] 2026/01/01 10:00:00.000000 [WRN] JetStream is short of storage',
    '[12] 2026/01/01 10:00:00.000000 [ERR] cannot listen',
  ])
    assert.equal(parseLogLine(line).needsAttention, true, line);
});

test('createTerminal: after its reader has exited the program continues without output', () => {
  const out = new PassThrough();
  const progress = terminal(out as unknown as NodeJS.WriteStream, { verbose: false, startedAt: 0 });
  progress.plain('first');
  out.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  out.destroy();
  progress.plain('second');
  assert.equal(String(out.read() ?? ''), 'first\n');
});
