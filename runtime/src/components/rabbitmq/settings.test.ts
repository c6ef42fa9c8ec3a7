import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindingSettings } from './binding-settings.ts';
import { brokerSettings } from './broker-settings.ts';
import { parseConnectionString } from './settings.ts';
import { rabbitContext } from './testing.ts';

const settingsOf = (metadata: Readonly<Record<string, string>>) => brokerSettings(rabbitContext(metadata));
const bindingOf = (metadata: Readonly<Record<string, string>>) => bindingSettings(rabbitContext(metadata));
const pem = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----';

test('connection string: missing parts have the defaults of RabbitMQ’s clients', () => {
  const parsed = (text: string) => Object.values(parseConnectionString('connectionString', text)).join(' ');
  assert.equal(parsed('amqp://localhost'), 'amqp localhost 5672 / guest guest');
  assert.equal(parsed('amqp://'), 'amqp localhost 5672 / guest guest');
  assert.equal(parsed('amqp://host:1/'), 'amqp host 1 / guest guest');
  assert.equal(parsed('amqps://me:p%40ss@host/%2Fdeep'), 'amqps host 5671 /deep me p@ss');
  assert.equal(parsed('amqp://me@[::1]:7/shop'), 'amqp ::1 7 shop me guest');
  assert.equal(parsed('amqp://me:@host'), 'amqp host 5672 / me ');
  for (const text of ['http://host', 'host:5672', 'amqp://a b', 'amqp://%zz@host'])
    assert.throws(() => parseConnectionString('host', text), /^TypeError: host .* should look like amqp:/);
});

test('pub/sub settings: defaults are upstream’s', () => {
  const { connection, ...rest } = settingsOf({ connectionstring: '' });
  assert.equal(connection.address, 'localhost:5672');
  assert.equal(connection.heartbeatSeconds, 10);
  assert.equal(connection.reconnectWaitMs, 3000);
  assert.equal(connection.tls, undefined);
  assert.deepEqual(rest, {
    exchangeKind: 'fanout',
    isDurable: true,
    isDeletedWhenUnused: true,
    hasDeadLetterQueue: false,
    maxLength: 0,
    maxLengthBytes: 0,
    isAutoAck: false,
    isRequeued: false,
    deliveryMode: 0,
    isConfirmed: true,
    prefetch: 1000,
    concurrency: 100,
    ttlMs: undefined,
    passesProperties: false,
  });
});

test('pub/sub settings: the address is read from connectionString, host, or individual entries', () => {
  const addressOf = (metadata: Readonly<Record<string, string>>) => {
    const { connection } = settingsOf({ connectionstring: '', ...metadata });
    const { address, username, password, vhost, tls } = connection;
    return [address, username, password, vhost, tls !== undefined].join(' ');
  };
  assert.equal(addressOf({ connectionstring: 'amqp://a:b@c:1/d', host: 'amqp://x' }), 'c:1 a b d false');
  assert.equal(addressOf({ host: 'amqp://a:b@c:1/d' }), 'c:1 a b d false');
  assert.equal(addressOf({ hostname: 'c', username: 'a', password: 'p/@:' }), 'c:5672 a p/@: / false');
  assert.equal(addressOf({ hostname: 'c:9', protocol: 'amqps', username: 'a' }), 'c:9 a guest / true');
  assert.throws(() => addressOf({ host: 'amqp://c', protocol: 'amqps' }), /protocol is 'amqps', it should be amqp,/);
  assert.throws(() => addressOf({ protocol: 'http' }), /protocol is 'http', it should be amqp or amqps/);
});

test('pub/sub settings: each entry is read, and an invalid one is named', () => {
  const settings = settingsOf({
    exchangekind: 'topic',
    prefetchcount: '7',
    concurrencymode: 'single',
    ttlinseconds: '60',
    heartbeat: '30s',
    reconnectwaitseconds: '5',
    clientname: 'mine',
    publisherconfirm: 'no',
  });
  const { connection, exchangeKind, prefetch, concurrency, ttlMs, isConfirmed } = settings;
  assert.deepEqual([exchangeKind, prefetch, concurrency, ttlMs, isConfirmed], ['topic', 7, 1, 60_000, false]);
  assert.deepEqual(
    [connection.heartbeatSeconds, connection.reconnectWaitMs, connection.connectionName],
    [30, 5000, 'mine'],
  );
  assert.equal(settingsOf({ concurrency: 'single' }).concurrency, 1);
  for (const [entry, value] of Object.entries({
    exchangeKind: 'x',
    deliveryMode: '3',
    concurrency: 'many',
    prefetchCount: '-1',
    autoAck: 'maybe',
    heartBeat: 'often',
  }))
    assert.throws(() => settingsOf({ [entry.toLowerCase()]: value }), new RegExp(`component rabbitmq: ${entry} is`));
  assert.throws(() => settingsOf({ ttlinseconds: '0' }), /ttl value must be higher than zero/);
  assert.throws(() => settingsOf({ cacert: 'x' }), /caCert is invalid, it should be PEM text/);
});

test('pub/sub settings: saslExternal requires all three certificates', () => {
  const connectionstring = 'amqps://host';
  assert.throws(() => settingsOf({ connectionstring, saslexternal: 'true', cacert: pem }), /saslExternal is 'true'/);
  const files = { cacert: pem, clientcert: pem, clientkey: pem };
  const { connection } = settingsOf({ connectionstring, saslexternal: 'true', ...files });
  assert.equal(connection.isExternal, true);
  assert.deepEqual(connection.tls, { ca: pem, cert: pem, key: pem });
});

test('binding settings: each entry is read, and a missing one is named', () => {
  const settings = bindingOf({ host: 'amqp://h', queuename: 'q', ttl: '5s', maxpriority: '300', durable: 'true' });
  assert.deepEqual(settings.arguments, { 'x-message-ttl': 5000, 'x-max-priority': 255 });
  assert.equal(settings.isDurable, true);
  assert.equal(settings.isDeletedWhenUnused, false);
  assert.equal(settings.contentType, 'text/plain');
  assert.equal(settings.connection.reconnectWaitMs, 5000);
  assert.throws(() => bindingOf({ queuename: 'q' }), /host is missing/);
  assert.throws(() => bindingOf({ host: 'amqp://h' }), /queueName is missing/);
});
