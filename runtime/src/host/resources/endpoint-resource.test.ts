import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointOf } from './endpoint-resource.ts';
import type { ResourceReader } from './resource-reader.ts';
import { readYaml } from './yaml-reader.ts';

const reader: ResourceReader = { appId: 'a', namespace: '', podName: '', env: { KEY: 'from env' }, uuid: () => 'u' };

function read(rest: string) {
  const [document] = readYaml('e.yaml', `kind: HTTPEndpoint\nmetadata: {name: github}\n${rest}`);
  return endpointOf(document ?? assert.fail(), reader);
}

test('HTTPEndpoint: headers and certificates may be literal, from a secret or from the environment', () => {
  const {
    location: _,
    headers,
    ...rest
  } = read(`
spec:
  baseUrl: https://api.example.com/v3
  headers:
  - {name: Accept-Language, value: en}
  - {name: Authorization, secretKeyRef: {name: token, key: bearer}}
  - {name: X-Key, envRef: KEY}
  clientTLS:
    rootCA: {value: PEM}
    privateKey: {secretKeyRef: {name: key}}
auth: {secretStore: vault}
`);
  assert.deepEqual(rest, {
    name: 'github',
    baseUrl: 'https://api.example.com/v3',
    tls: { rootCertificate: 'PEM', privateKey: { secretName: 'key', secretKey: 'key' } },
    secretStore: 'vault',
  });
  assert.deepEqual(
    headers.map(({ name, value }) => [name, value]),
    [
      ['Accept-Language', 'en'],
      ['Authorization', { secretName: 'token', secretKey: 'bearer' }],
      ['X-Key', 'from env'],
    ],
  );
});

test('HTTPEndpoint: an invalid URL or header name is an error with its line', () => {
  assert.throws(() => read('spec: {}'), /^RuntimeError: e\.yaml:1: github needs a spec\.baseUrl/);
  assert.throws(() => read('spec: {baseUrl: "ftp://x"}'), /e\.yaml:3: github needs a spec\.baseUrl/);
  assert.throws(() => read('spec: {baseUrl: "http://x", headers: [{name: "a b"}]}'), /e\.yaml:3: header without/);
});
