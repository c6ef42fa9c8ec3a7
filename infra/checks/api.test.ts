import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { messageSchemas } from '@tidewater/contracts/schemas.ts';
import { Ajv } from 'ajv';
import type { AnySchema } from 'ajv';
import { parse } from 'yaml';
import { asyncApiYaml } from '../api/async-api.ts';
import { apiDocuments, operationsOf, routesOfServices, routesPage } from '../api/routes-page.ts';
import { root } from '../launcher/folders.ts';
import { topology } from '../topology.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('docs/asyncapi.yaml: is what the contracts and topology.ts generate (npm run api)', () =>
  assert.equal(read('docs/asyncapi.yaml'), asyncApiYaml()));

test('docs/api.md: is what the routes generate (npm run api), and has all services', async () => {
  const page = await routesPage();
  assert.equal(read('docs/api.md'), page);
  const services = topology.map(({ app }) => app);
  assert.deepEqual(Object.keys(routesOfServices).toSorted(), services.toSorted());
});

const documents = await apiDocuments();

test('OpenAPI documents: each route has a summary, its audience and a described success', () => {
  const faults = Object.entries(documents).flatMap(([name, document]) =>
    operationsOf(document)
      .filter(([, , { summary, tags, security, responses }]) => {
        const successes = Object.keys(responses).filter((status) => /^2\d\d$/.test(status));
        const isOpen = tags.join() === 'all';
        const isDescribed = Object.values(responses).every(
          ({ description }) => !/^(Default Response)?$/.test(description),
        );
        return !summary || successes.length === 0 || !isDescribed || isOpen !== (security.length === 0);
      })
      .map(([method, path]) => `${name}: ${method} ${path}`),
  );
  assert.deepEqual(faults, []);
});

test('API documents: each reference leads to a part, and what is shared is there once', () => {
  for (const [name, document] of [...Object.entries(documents), ['asyncapi', parse(asyncApiYaml())] as const]) {
    const text = JSON.stringify(document);
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = pointer
        .split('/')
        .reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], document);
      assert.ok(target, `${name}: ${pointer}`);
    }
    assert.ok((text.match(/"ZW"/g)?.length ?? 0) <= 1, name);
  }
});

test('OpenAPI documents: a checkout that fails has the cart and when to try again', () => {
  for (const [app, path] of [
    ['cart', '/carts/{shopper}/checkout'],
    ['storefront', '/api/checkout'],
  ] as const) {
    const text = JSON.stringify(documents[app]?.paths?.[path]);
    assert.match(text, /"409":.*CheckoutProblem/);
    assert.match(text, /"429":.*"retry-after"/);
  }
});

test('docs/asyncapi.yaml: consumers accept unknown members, and the version of the data is described', () => {
  assert.doesNotMatch(asyncApiYaml(), /additionalProperties: false/);
  const versions = asyncApiYaml().match(/schemaVersion:/g);
  assert.equal(versions?.length, Object.keys(messageSchemas).length);
});

test('docs/asyncapi.yaml: is a valid AsyncAPI 3 document', () => {
  const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0.json') as AnySchema;
  const ajv = new Ajv({
    meta: false,
    validateSchema: false,
    strict: false,
    validateFormats: false,
    unicodeRegExp: false,
  });
  const validate = ajv.compile(schema);
  assert.ok(validate(parse(asyncApiYaml())), JSON.stringify(validate.errors?.slice(0, 3)));
  assert.ok(!validate({ asyncapi: '3.0.0', info: {} }));
});

interface Document {
  readonly channels: Readonly<Record<string, { readonly messages?: Readonly<Record<string, unknown>> }>>;
  readonly operations: Readonly<
    Record<string, { readonly action: string; readonly channel: { readonly $ref: string } }>
  >;
}

test('docs/asyncapi.yaml: each message is on one channel, and each channel has a sender and a receiver', () => {
  const { channels, operations } = parse(asyncApiYaml()) as Document;
  const messages = Object.values(channels).flatMap((channel) => Object.keys(channel.messages ?? {}));
  const ownMessages = messages.filter((name) => name !== 'dead-letter');
  assert.deepEqual(ownMessages.toSorted(), Object.keys(messageSchemas).toSorted());
  const channelsOf = (action: string): ReadonlySet<string> =>
    new Set(
      Object.values(operations)
        .filter((operation) => operation.action === action)
        .map(({ channel }) => channel.$ref.slice('#/channels/'.length)),
    );
  for (const action of ['send', 'receive'])
    assert.deepEqual([...channelsOf(action)].toSorted(), Object.keys(channels).toSorted(), action);
});
