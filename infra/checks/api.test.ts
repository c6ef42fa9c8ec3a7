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
import { routesOfServices, routesPage } from '../api/routes-page.ts';
import { root } from '../launcher/folders.ts';
import { topology } from '../topology.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('docs/asyncapi.yaml: is what the contracts and topology.ts generate (npm run api)', () =>
  assert.equal(read('docs/asyncapi.yaml'), asyncApiYaml()));

test('docs/api.md: is what the routes generate (npm run api), and each route has a summary', async () => {
  const page = await routesPage();
  assert.equal(read('docs/api.md'), page);
  assert.doesNotMatch(page, /\| {2,}\|/);
  const services = topology.filter(({ sidecar }) => sidecar).map(({ app }) => app);
  assert.deepEqual(Object.keys(routesOfServices).toSorted(), services.toSorted());
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
  assert.deepEqual(messages.toSorted(), Object.keys(messageSchemas).toSorted());
  const channelsOf = (action: string): ReadonlySet<string> =>
    new Set(
      Object.values(operations)
        .filter((operation) => operation.action === action)
        .map(({ channel }) => channel.$ref.slice('#/channels/'.length)),
    );
  const withMessages = Object.keys(channels).filter((name) => channels[name]?.messages !== undefined);
  assert.deepEqual([...channelsOf('send')].toSorted(), withMessages.toSorted());
  assert.deepEqual(
    withMessages.filter((name) => !channelsOf('receive').has(name)),
    [],
  );
});
