import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { authenticationMethod } from '#cluster/transport/authentication.ts';
import { seededRandom } from '#core/random.ts';
import { silentLog } from '#core/log.ts';
import { peerAuthentication } from './peer-authentication.ts';

const secret = 'f'.repeat(32);

function methodOf(env: Readonly<Record<string, string>>, log = silentLog): Promise<number> {
  return peerAuthentication({ env, random: seededRandom(), log }).then(({ method }) => method);
}

test('OUTRIGGER_PEER_SECRET: absent means no authentication, set means a shared secret', async () => {
  assert.equal(await methodOf({}), authenticationMethod.none);
  assert.equal(await methodOf({ OUTRIGGER_PEER_SECRET: secret }), authenticationMethod.sharedSecret);
});

test('OUTRIGGER_PEER_SECRET_FILE: the file holds the secret, a trailing line break is ignored', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'peer-secret-'));
  try {
    const file = join(folder, 'secret');
    await writeFile(file, `${secret}\n`);
    const env = { OUTRIGGER_PEER_SECRET_FILE: file };
    const dependencies = { env, random: seededRandom(), log: silentLog };
    const [fromFile, direct] = [
      await peerAuthentication(dependencies),
      await peerAuthentication({ ...dependencies, env: { OUTRIGGER_PEER_SECRET: secret } }),
    ];
    const client = fromFile.begin('client');
    const server = direct.begin('server');
    server.receive(client.opening);
    client.receive(server.receive(client.receive(server.opening)));
    assert.deepEqual([client.neededBytes, server.neededBytes], [0, 0]);
    await writeFile(file, '\n');
    await assert.rejects(methodOf(env), /OUTRIGGER_PEER_SECRET_FILE: .* is empty: set it to the secret/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('OUTRIGGER_PEER_SECRET: an empty value or an unreadable file is a start error with the fix', async () => {
  for (const value of ['', '  \n'])
    await assert.rejects(methodOf({ OUTRIGGER_PEER_SECRET: value }), /is empty: set it/);
  await assert.rejects(methodOf({ OUTRIGGER_PEER_SECRET_FILE: '' }), /is empty: set it to the path/);
  const missing = methodOf({ OUTRIGGER_PEER_SECRET_FILE: '/no/such/file' });
  await assert.rejects(missing, /\/no\/such\/file cannot be read: .*Make it readable/);
});

test('OUTRIGGER_PEER_SECRET: a short secret is logged as a warning, without its text', async () => {
  const lines: string[] = [];
  const warn = (fields: object, message: string): void => void lines.push(JSON.stringify(fields) + message);
  await methodOf({ OUTRIGGER_PEER_SECRET: 'sesame' }, { ...silentLog, warn });
  assert.match(lines.join(), /less than 16 characters/);
  assert.doesNotMatch(lines.join(), /sesame/);
});
