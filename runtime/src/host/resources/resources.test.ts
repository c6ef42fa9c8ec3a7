import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { textOf } from '#core/errors.ts';
import type { ResourceReader } from './resource-reader.ts';
import type { Resources } from './resources.ts';
import { readResources } from './resources.ts';

const reader: ResourceReader = {
  appId: 'cart',
  namespace: '',
  podName: 'pod-1',
  env: { REDIS_HOST: 'there', DAPR_API_TOKEN: 'secret' },
  uuid: () => 'new-uuid',
};

async function read(files: Readonly<Record<string, string>>, who: Partial<ResourceReader> = {}): Promise<Resources> {
  const folder = await mkdtemp(join(tmpdir(), 'resources-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return await readResources([folder], { ...reader, ...who });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function component(name: string, rest = ''): string {
  return `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: ${name}\nspec:\n  type: state.in-memory\n${rest}`;
}

test('readResources: components of several documents and files are read, other files and kinds are ignored', async () => {
  const { components } = await read({
    'a.yaml': `${component('one')}---\n${component('two')}---\nkind: Secret\n---\n`,
    'b.yml': component('three'),
    'c.txt': component('four'),
  });
  assert.deepEqual(
    components.map(({ name }) => name),
    ['one', 'two', 'three'],
  );
});

test('readResources: any scalar becomes text, with templates expanded', async () => {
  const metadata =
    '  metadata:\n  - {name: n, value: 5}\n  - {name: t, value: "{namespace}/{appID}/{podName}/{uuid}"}\n';
  const { components } = await read({ 'a.yaml': component('one', metadata) }, { namespace: 'shop' });
  assert.deepEqual(
    components[0]?.metadata.map(({ value }) => value),
    ['5', 'shop.cart/cart/pod-1/new-uuid'],
  );
  assert.equal(components[0]?.isNamespaced, true);
});

test("readResources: envRef is resolved, but never to the sidecar's tokens", async () => {
  const entry = (name: string): string => `  metadata:\n  - {name: host, envRef: ${name}}\n`;
  const { components } = await read({ 'a.yaml': component('one', entry('REDIS_HOST')) });
  assert.equal(components[0]?.metadata[0]?.value, 'there');
  await assert.rejects(
    read({ 'a.yaml': component('one', entry('DAPR_API_TOKEN')) }),
    /a\.yaml:8: envRef DAPR_API_TOKEN is not/,
  );
});

test('readResources: secretKeyRef uses its name as the default key', async () => {
  const { components } = await read({
    'a.yaml': component(
      'one',
      '  metadata:\n  - {name: url, secretKeyRef: {name: DATABASE_URL}}\nauth: {secretStore: env}\n',
    ),
  });
  assert.deepEqual(components[0]?.metadata[0]?.value, { secretName: 'DATABASE_URL', secretKey: 'DATABASE_URL' });
  assert.equal(components[0]?.secretStore, 'env');
});

test('readResources: empty members are the same as absent ones', async () => {
  const empty = 'secretKeyRef: {name: "", key: ""}, envRef: ""';
  const more = `  initTimeout: ""\n  metadata:\n  - {name: url, value: here, ${empty}}\nauth: {secretStore: ""}\n`;
  const { components } = await read({ 'a.yaml': component('one', more) });
  const [{ metadata, initTimeoutMs, secretStore } = assert.fail()] = components;
  assert.deepEqual([metadata[0]?.value, initTimeoutMs, secretStore], ['here', 5000, '']);
  const half = '  metadata:\n  - {name: url, secretKeyRef: {key: k}}\n';
  await assert.rejects(read({ 'a.yaml': component('one', half) }), /a\.yaml:8: secretKeyRef of url without a name/);
});

test('readResources: invalid YAML is an error with file and line', async () => {
  await assert.rejects(
    read({ 'bad.yaml': 'kind: Component\nmetadata: {name: x\nspec: {}\n' }),
    /bad\.yaml:\d: not valid YAML/,
  );
});

test('readResources: a quoted value may continue in lines that are not indented, as on the reference', async () => {
  const { components } = await read({
    'a.yaml': component('one', '  metadata:\n  - name: m\n    value: \'{\n"x": "it\'\'s"\n}\'\n'),
  });
  assert.equal(components[0]?.metadata[0]?.value, '{ "x": "it\'s" }');
});

test('readResources: member names match in any case, as on the reference', async () => {
  const endpoint = 'kind: HTTPEndpoint\nmetadata: {name: e}\nspec: {baseURL: "http://there"}\n';
  const { httpEndpoints } = await read({ 'a.yaml': endpoint });
  assert.equal(httpEndpoints[0]?.baseUrl, 'http://there');
});

test('readResources: the later of two members with one name wins, as on the reference', async () => {
  const endpoint = 'kind: HTTPEndpoint\nmetadata: {name: e}\nspec: {baseUrl: "http://one", baseUrl: "http://two"}\n';
  const { httpEndpoints } = await read({ 'a.yaml': endpoint });
  assert.equal(httpEndpoints[0]?.baseUrl, 'http://two');
});

test('readResources: a component without a type is an error with file and line', async () => {
  await assert.rejects(
    read({ 'bad.yaml': 'kind: Component\nmetadata: {name: x}\n' }),
    /bad\.yaml:1: component x needs a spec\.type/,
  );
});

test('readResources: two components with one name are an error with both locations', async () => {
  await assert.rejects(
    read({ 'a.yaml': component('same'), 'b.yaml': component('same') }),
    ({ message, cause }: Error) =>
      /duplicate definition of Component name same \(.*\) with existing same \([^()]*\)$/.test(message) &&
      /^rename one of those at .*a\.yaml:1, .*b\.yaml:1$/.test(textOf(cause)),
  );
});

test('readResources: the error for duplicate components names what was being loaded', async () => {
  const files = { 'a.yaml': `${component('same')}---\n${component('same')}` };
  await assert.rejects(read(files), /^RuntimeError: failed to load components: duplicate/);
  const loading = 'resources from disk';
  await assert.rejects(read(files, { loading }), /^RuntimeError: failed to load resources from disk: duplicate/);
});

test('readResources: resources of other apps and namespaces are ignored', async () => {
  const scoped = `${component('scoped')}scopes: [order]\n`;
  const elsewhere = component('elsewhere').replace('name: elsewhere', 'name: elsewhere\n  namespace: other');
  const { components } = await read(
    { 'a.yaml': `${scoped}---\n${elsewhere}---\n${component('mine')}` },
    { namespace: 'shop' },
  );
  assert.deepEqual(
    components.map(({ name }) => name),
    ['mine'],
  );
});

test('readResources: a Subscription of either version has rules and a default route', async () => {
  const { subscriptions } = await read({
    'a.yaml': `kind: Subscription
apiVersion: dapr.io/v2alpha1
metadata: {name: s}
spec:
  pubsubname: pubsub
  topic: orders
  deadLetterTopic: dead
  routes: {default: /all, rules: [{match: 'event.type == "x"', path: /x}]}
---
kind: Subscription
apiVersion: dapr.io/v1alpha1
metadata: {name: t}
spec: {pubsubname: pubsub, topic: stock, route: /stock}
`,
  });
  const [two, one] = subscriptions;
  assert.deepEqual(two?.rules, [{ match: 'event.type == "x"', path: '/x' }]);
  assert.equal(two?.defaultRoute, '/all');
  assert.equal(two?.deadLetterTopic, 'dead');
  assert.equal(one?.defaultRoute, '/stock');
});

test('readResources: a missing folder is an error that names --resources-path', async () => {
  await assert.rejects(
    readResources(['/nowhere/at/all'], reader),
    /--resources-path \/nowhere\/at\/all cannot be read/,
  );
});
