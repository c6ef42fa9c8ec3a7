import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { containerFiles } from '../docker/container-secrets.ts';
import { root } from '../launcher/folders.ts';
import { type Secrets, appSecretNames, sharedSecretNames } from '../launcher/secrets.ts';
import { storeApps } from '../topology.ts';
import { type ComposeFile, type ComposeService, exposureFaults } from './compose-exposure.ts';

const file = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeFile;

/** The real file with some settings of one service changed. */
const withSettings = (name: string, settings: Partial<ComposeService>): ComposeFile => ({
  ...file,
  services: { ...file.services, [name]: { ...file.services[name], ...settings } },
});
const faultsOf = (name: string, settings: Partial<ComposeService>): readonly string[] =>
  exposureFaults(withSettings(name, settings), 'storefront');

test('docker-compose.yml: only the storefront is published, on loopback; nothing else is exposed', () => {
  assert.ok(Object.keys(file.services).length > 10);
  assert.deepEqual(exposureFaults(file, 'storefront'), []);
  assert.deepEqual(file.services['storefront']?.ports, ['127.0.0.1:${PORT:-8080}:7000']);
});

test('exposureFaults: a published port is a fault in each form, for each service', () => {
  for (const name of ['postgres', 'nats', 'order', 'order-sidecar', 'provider'])
    assert.deepEqual(faultsOf(name, { ports: ['127.0.0.1:5432:5432'] }), [`${name}: publishes a port`]);
  for (const port of ['8080:7000', '7000', 7000, '0.0.0.0:8080:7000', '[::]:8080:7000', { target: 7000 }])
    assert.deepEqual(faultsOf('storefront', { ports: [port] }), ['storefront: publishes its port to other machines']);
  assert.deepEqual(faultsOf('storefront', { ports: ['127.0.0.1:1:7000', '127.0.0.1:2:9090'] }), [
    'storefront: publishes 2 ports',
  ]);
});

test('exposureFaults: settings that share the host are faults', () => {
  assert.deepEqual(faultsOf('nats', { network_mode: 'host' }), ['nats: network_mode is host']);
  assert.deepEqual(faultsOf('nats', { pid: 'host' }), ['nats: pid is host']);
  assert.deepEqual(faultsOf('cart', { privileged: true }), ['cart: has rights on the host']);
  for (const volume of ['/var/run/docker.sock:/var/run/docker.sock', './data:/data', { type: 'bind', source: '/' }])
    assert.deepEqual(faultsOf('cart', { volumes: [volume] }), [`cart: mounts ${JSON.stringify(volume)} of the host`]);
  const shared = { ...file, networks: { default: { external: true } } };
  assert.deepEqual(exposureFaults(shared, 'storefront'), ['network default: is not defined by this file']);
});

test('exposureFaults: secrets with a default and logs without a limit are faults', () => {
  for (const value of ['tidewater', '${SESSION_SECRET:-change-me}', '${OTHER:-}'])
    assert.deepEqual(faultsOf('storefront', { environment: { SESSION_SECRET: value } }), [
      'storefront: SESSION_SECRET has a value in the file',
    ]);
  assert.deepEqual(faultsOf('order', { environment: { DATABASE_URL: 'postgres://tidewater:tidewater@postgres/x' } }), [
    'order: a login stands in a URL',
  ]);
  for (const options of [{}, { 'max-size': '10m' }, { 'max-file': '4' }, { 'max-size': '10m', 'max-file': '1' }])
    assert.deepEqual(faultsOf('nats', { logging: { driver: 'json-file', options } }), ['nats: its log is not rotated']);
  assert.deepEqual(faultsOf('nats', { logging: { driver: 'none' } }), ['nats: its log is not rotated']);
});

test('docker-compose.yml: ports that a sidecar opens to its network require a token, a shared secret and its host name', () => {
  const secrets: Secrets = {
    shared: Object.fromEntries(sharedSecretNames.map((name) => [name, name])) as Secrets['shared'],
    apps: Object.fromEntries(
      storeApps.map((app) => [app, Object.fromEntries(appSecretNames.map((name) => [name, name]))]),
    ) as Secrets['apps'],
  };
  const files = containerFiles(secrets, 'password');
  for (const app of storeApps) {
    const name = `${app}-sidecar`;
    const { command = [], environment } = file.services[name] ?? {};
    const open = [command].flat().filter((flag) => flag.endsWith('=0.0.0.0'));
    assert.deepEqual(open, ['--dapr-listen-addresses=0.0.0.0', '--dapr-internal-grpc-listen-address=0.0.0.0'], name);
    const variables = JSON.parse(files[name]?.['env.json'] ?? '{}') as Record<string, string>;
    assert.ok(variables['DAPR_API_TOKEN'] && variables['APP_API_TOKEN'] && variables['OUTRIGGER_PEER_SECRET'], name);
    assert.ok(String(environment?.['OUTRIGGER_ALLOWED_HOSTS']).startsWith(`${name},`), name);
  }
});
