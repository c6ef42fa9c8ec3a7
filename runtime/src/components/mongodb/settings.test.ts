import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mongoSettings } from './settings.ts';

const read = (metadata: Readonly<Record<string, string>>) => mongoSettings({ name: 'statestore', metadata });

test('mongodb settings: builds upstream’s connection string', () => {
  const uri = (metadata: Readonly<Record<string, string>>) => read(metadata).uri;
  assert.equal(uri({ host: 'm:27017' }), 'mongodb://m:27017/daprStore');
  assert.equal(uri({ host: 'a:1,b:2', params: 'replicaSet=rs' }), 'mongodb://a:1,b:2/daprStore?replicaSet=rs');
  const login = { username: 'admin', password: 'secret', databasename: 'orders' };
  assert.equal(uri({ host: 'm', params: '?tls=true', ...login }), 'mongodb://admin:secret@m/orders?tls=true');
  assert.equal(uri({ server: 'm.example.com', params: 'w=1' }), 'mongodb+srv://m.example.com/?w=1');
  assert.equal(uri({ server: 'm.example.com', ...login }), 'mongodb+srv://admin:secret@m.example.com/orders');
  assert.equal(uri({ connectionstring: 'mongodb://x/y', host: 'm' }), 'mongodb://x/y');
  assert.equal(uri({ host: 'm', username: 'admin' }), 'mongodb://m/daprStore');
});

test('mongodb settings: special characters of a password can be escaped or not', () => {
  for (const password of ['p@ss:1/2', 'p%40ss%3A1%2F2'])
    assert.equal(read({ host: 'm', username: 'u', password }).uri, 'mongodb://u:p%40ss%3A1%2F2@m/daprStore');
  assert.equal(read({ host: 'm', username: 'u', password: '100%' }).uri, 'mongodb://u:100%25@m/daprStore');
});

test('mongodb settings: the address has the hosts without the password', () => {
  assert.equal(read({ connectionstring: 'mongodb://u:p@a:1,b:2/x?w=1' }).address, 'a:1,b:2');
  assert.equal(read({ host: 'm:27017' }).address, 'm:27017');
});

test('mongodb settings: defaults are upstream’s', () => {
  const { database, collection, writeConcern, readConcern, operationTimeoutMs } = read({ host: 'm' });
  assert.deepEqual(
    [database, collection, writeConcern, readConcern, operationTimeoutMs],
    ['daprStore', 'daprCollection', 1, 'local', 5000],
  );
  const explicit = read({ host: 'm', writeconcern: 'majority', readconcern: 'linearizable', operationtimeout: '1m' });
  assert.deepEqual(
    [explicit.writeConcern, explicit.readConcern, explicit.operationTimeoutMs],
    ['majority', 'linearizable', 60_000],
  );
  assert.equal(read({ host: 'm', writeconcern: '2' }).writeConcern, 2);
});

for (const [metadata, message] of [
  [{}, /one of host, server and connectionString must be set/],
  [{ host: 'a', server: 'b' }, /host and server exclude each other/],
  [{ connectionstring: 'localhost:27017' }, /connectionString should begin with mongodb:/],
  [{ host: 'm', writeconcern: 'some' }, /writeConcern is 'some', it should be majority or a number/],
  [{ host: 'm', writeconcern: '0' }, /writeConcern is '0'/],
  [{ host: 'm', readconcern: 'newest' }, /readConcern is 'newest', it should be one of local, majority/],
  [{ host: 'm', operationtimeout: '5' }, /operationTimeout is '5', it should be a duration such as 30s/],
] as const)
  test(`mongodb settings: ${JSON.stringify(metadata)} is rejected with the reason`, () => {
    assert.throws(() => read(metadata), message);
  });
