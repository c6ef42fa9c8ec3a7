import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { StartError } from '../servers/server.ts';
import {
  type Secrets,
  appSecretNames,
  loadSecrets,
  secretsFile,
  sharedSecretNames,
  withoutSecrets,
} from './secrets.ts';

let home = '';
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'secrets-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const apps = ['cart', 'order'];
const load = (env: Record<string, string> = {}, names = apps): Secrets => loadSecrets(home, names, env);
const all = ({ shared, apps: byApp }: Secrets): string[] => [
  ...Object.values(shared),
  ...Object.values(byApp).flatMap((secrets) => Object.values(secrets)),
];

test('loadSecrets: every secret is created once, is unique, and stays the same at the next start', () => {
  const first = load();
  assert.deepEqual(Object.keys(first.shared), [...sharedSecretNames]);
  for (const app of apps) assert.deepEqual(Object.keys(first.apps[app] ?? {}), [...appSecretNames]);
  assert.equal(new Set(all(first)).size, sharedSecretNames.length + apps.length * appSecretNames.length);
  for (const secret of all(first)) assert.match(secret, /^[\w-]{32}$/);
  assert.deepEqual(load(), first);
});

test('loadSecrets: the file is readable by its owner only, and no temporary file is left', () => {
  load();
  assert.equal(statSync(secretsFile(home)).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(home), ['secrets.json']);
});

test('loadSecrets: a variable of the environment wins and is not written', () => {
  const made = load();
  const overridden = load({ SESSION_SECRET: 'from the environment', DAPR_API_TOKEN: 'one for all apps' });
  assert.equal(overridden.shared.SESSION_SECRET, 'from the environment');
  assert.deepEqual(
    apps.map((app) => overridden.apps[app]?.DAPR_API_TOKEN),
    ['one for all apps', 'one for all apps'],
  );
  assert.equal(overridden.apps['cart']?.APP_API_TOKEN, made.apps['cart']?.APP_API_TOKEN);
  assert.doesNotMatch(readFileSync(secretsFile(home), 'utf8'), /environment|one for all/);
  assert.deepEqual(load({ SESSION_SECRET: '' }), made, 'an empty variable is not set');
});

test('loadSecrets: NAME_FILE names a file with the secret; an unreadable or empty one is an error', () => {
  const file = join(home, 'peer');
  writeFileSync(file, 'from a file\n');
  assert.equal(load({ OUTRIGGER_PEER_SECRET_FILE: file }).shared.OUTRIGGER_PEER_SECRET, 'from a file');
  assert.throws(() => load({ OUTRIGGER_PEER_SECRET_FILE: join(home, 'none') }), StartError);
  writeFileSync(file, '\n');
  assert.throws(() => load({ OUTRIGGER_PEER_SECRET_FILE: file }), /is an empty file/);
});

test('loadSecrets: a new app or a new kind of secret is added, the others stay', () => {
  const first = load({}, ['cart']);
  const stored = JSON.parse(readFileSync(secretsFile(home), 'utf8')) as { shared: Record<string, string> };
  delete stored.shared['NATS_PASSWORD'];
  writeFileSync(secretsFile(home), JSON.stringify(stored));
  const second = load();
  assert.deepEqual(second.apps['cart'], first.apps['cart']);
  assert.equal(second.shared.SESSION_SECRET, first.shared.SESSION_SECRET);
  assert.ok(second.shared.NATS_PASSWORD && second.shared.NATS_PASSWORD !== first.shared.NATS_PASSWORD);
  assert.deepEqual(load(), second);
});

for (const [what, text] of [
  ['empty', ''],
  ['cut off', '{"shared":{"SESSION_SECRET":"abcdefghijklmnop'],
  ['of another shape', '{"shared":[]}'],
  ['with an empty secret', '{"shared":{"SESSION_SECRET":""},"apps":{}}'],
  ['with a number', '{"shared":{"SESSION_SECRET":1234567890123456},"apps":{}}'],
  ['with an app that is null', '{"shared":{},"apps":{"cart":null}}'],
] as const) {
  test(`loadSecrets: a file that is ${what} is an error with its path and a fix, and stays as it is`, () => {
    writeFileSync(secretsFile(home), text);
    assert.throws(
      () => load(),
      (error) => error instanceof StartError && error.message.includes(secretsFile(home)) && error.fix.length > 20,
    );
    assert.equal(readFileSync(secretsFile(home), 'utf8'), text);
  });
}

test('loadSecrets: a failed write leaves no partial file', { skip: process.getuid?.() === 0 }, () => {
  chmodSync(home, 0o500);
  assert.throws(() => load());
  chmodSync(home, 0o700);
  assert.ok(!existsSync(secretsFile(home)));
});

test('withoutSecrets: removes all secrets from the environment', () => {
  assert.deepEqual(
    withoutSecrets({ PATH: '/bin', STAFF_TOKEN: 'a', DAPR_API_TOKEN: 'b', OUTRIGGER_PEER_SECRET_FILE: '/c' }),
    { PATH: '/bin' },
  );
});
