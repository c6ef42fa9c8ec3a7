import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { postgresSettings } from './settings.ts';

function settings(metadata: Record<string, string>) {
  const about = { name: 'statestore', type: 'state.postgresql', version: 'v2', appId: 'orders', namespace: '' };
  return postgresSettings({ ...about, metadata, log: silentLog, clock: fakeClock(), random: seededRandom() });
}

test('postgres settings: a URL, keywords and individual entries are equivalent', () => {
  const variants: Record<string, string>[] = [
    { connectionstring: 'postgres://me:p%40ss@db.local:5433/shop?sslmode=disable' },
    { url: 'postgresql://me:p%40ss@db.local:5433/shop' },
    { connectionstring: "host=db.local port=5433 user=me password='p@ss' dbname=shop" },
    { connectionstring: 'host=db.local port=5433 user=me password=p@ss database=shop connect_timeout=10' },
    { host: 'db.local', port: '5433', user: 'me', password: 'p@ss', database: 'shop' },
    { connectionstring: 'host=elsewhere dbname=shop', host: 'db.local', port: '5433', user: 'me', password: 'p@ss' },
  ];
  for (const metadata of variants) {
    const { client, address } = settings(metadata);
    const { host, port, user, password, database, ssl } = client;
    const expected = { host: 'db.local', port: 5433, user: 'me', password: 'p@ss', database: 'shop', ssl: false };
    assert.deepEqual({ host, port, user, password, database, ssl }, expected);
    assert.equal(address, 'db.local:5433/shop');
  }
});

test('postgres settings: other keywords become session settings', () => {
  const { client } = settings({ connectionstring: 'postgres://h/d?search_path=a,b&pool_max_conns=5&work_mem=4MB' });
  assert.equal(client.options, '-c search_path=a,b -c work_mem=4MB');
});

test('postgres settings: tables, timeouts and intervals have upstream’s defaults', () => {
  const plain = settings({ connectionstring: 'postgres://h/d' });
  assert.equal(plain.stateTable, 'state');
  assert.equal(plain.metadataTable, 'dapr_metadata');
  assert.equal(plain.timeoutMs, 20_000);
  assert.equal(plain.cleanupIntervalMs, 3_600_000);
  const explicit = settings({
    connectionstring: 'postgres://h/d',
    tableprefix: 'shop_',
    metadatatablename: 'meta',
    timeout: '1500ms',
    cleanupinterval: '1h30m',
  });
  assert.deepEqual(
    [explicit.stateTable, explicit.metadataTable, explicit.timeoutMs, explicit.cleanupIntervalMs],
    ['shop_state', 'meta', 1500, 5_400_000],
  );
  assert.equal(settings({ connectionstring: 'postgres://h/d', cleanupinterval: '-1' }).cleanupIntervalMs, 0);
  assert.equal(settings({ connectionstring: 'postgres://h/d', timeout: '5' }).timeoutMs, 5000);
});

test('postgres settings: sslmode has libpq’s values', () => {
  const ssl = (mode: string) => settings({ connectionstring: `postgres://h/d?sslmode=${mode}` }).client.ssl;
  assert.equal(ssl('prefer'), false);
  assert.deepEqual(ssl('require'), { rejectUnauthorized: false });
  assert.deepEqual(ssl('verify-full'), { ca: undefined });
});

test('postgres settings: an invalid entry is named', () => {
  const wrong: [Record<string, string>, RegExp][] = [
    [{}, /component statestore: connectionString is missing, such as postgres:/],
    [{ connectionstring: 'postgres://h:port/d' }, /connectionString/],
    [{ host: 'h', port: '99999' }, /port is '99999', it should be an integer from 1 to 65535/],
    [{ host: 'h', tableprefix: 'a; drop table' }, /tablePrefix is 'a; drop table', it should be a name/],
    [{ host: 'h', timeout: 'soon' }, /timeout is 'soon', it should be a duration/],
    [{ connectionstring: 'postgres://h/d?sslmode=maybe' }, /sslmode is 'maybe'/],
  ];
  for (const [metadata, message] of wrong) assert.throws(() => settings(metadata), message);
});
