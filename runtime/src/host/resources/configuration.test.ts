import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfiguration } from './configuration.ts';
import type { Configuration } from './configuration.ts';

async function read(specs: readonly string[], env: Record<string, string> = {}): Promise<Configuration> {
  const folder = await mkdtemp(join(tmpdir(), 'configuration-'));
  try {
    const files = specs.map((_, i) => join(folder, `${i}.yaml`));
    for (const [i, file] of files.entries()) await writeFile(file, `kind: Configuration\nspec:\n${specs[i]}`);
    return await readConfiguration(files, env);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("readConfiguration: without a file the defaults are the reference's", async () => {
  const configuration = await readConfiguration([], {});
  assert.equal(configuration.samplingRate, 0.0001);
  assert.equal(configuration.metrics.isOn, true);
  assert.equal(configuration.metrics.http.increasedCardinality, true);
  assert.deepEqual(configuration.withoutEffect, []);
});

test('readConfiguration: a later file overrides only what it sets', async () => {
  const { samplingRate, features } = await read([
    '  tracing: {samplingRate: "1"}\n  features: [{name: A, enabled: true}]\n',
    '  features: [{name: B, enabled: true}]\n',
  ]);
  assert.equal(samplingRate, 1);
  assert.deepEqual([...features], [['B', true]]);
});

test('readConfiguration: of several Configurations in one file the first is used', async () => {
  const { samplingRate, features } = await read([
    '  tracing: {samplingRate: "1"}\n---\nkind: Configuration\nspec:\n  features: [{name: A, enabled: true}]\n',
  ]);
  assert.deepEqual([samplingRate, features.size], [1, 0]);
});

test('readConfiguration: environment variables are expanded', async () => {
  const { nameResolution } = await read(
    ['  nameResolution: {component: nameformat, configuration: {format: "{appid}.${DOMAIN}:$PORT"}}\n'],
    { DOMAIN: 'internal', PORT: '50002' },
  );
  assert.equal(nameResolution?.configuration['format'], '{appid}.internal:50002');
});

test('readConfiguration: parts without an effect are listed', async () => {
  assert.deepEqual((await read(['  mtls: {enabled: true}\n  wasm: {strictSandbox: true}\n'])).withoutEffect, [
    'mtls',
    'wasm',
  ]);
});

test('readConfiguration: a collector header with a secretKeyRef is omitted and listed', async () => {
  const { tracing, withoutEffect: idle } = await read([
    '  tracing:\n    otel: {endpointAddress: "h:4317", headers: [{name: key, secretKeyRef: {name: s, key: k}}, {name: b, value: x}]}\n',
  ]);
  assert.deepEqual(tracing.otel?.headers, { b: 'x' });
  assert.match(idle.join(), /^tracing\.otel\.headers: key by secretKeyRef/);
});

test('readConfiguration: pipeline steps keep their order, the default version is v1', async () => {
  const { httpPipeline, appHttpPipeline } = await read([
    '  httpPipeline:\n    handlers: [{name: b, type: Middleware.http.x}, {name: a, type: middleware.http.y, version: v2}]\n',
  ]);
  assert.deepEqual(httpPipeline, [
    { name: 'b', type: 'middleware.http.x', version: 'v1' },
    { name: 'a', type: 'middleware.http.y', version: 'v2' },
  ]);
  assert.deepEqual(appHttpPipeline, []);
});

test('readConfiguration: a missing file is an error that names --config', async () => {
  await assert.rejects(readConfiguration(['/nowhere.yaml'], {}), /--config \/nowhere\.yaml cannot be read/);
});

test('readConfiguration: collector headers may be pairs or text, and replace those of the environment', async () => {
  const file =
    '  tracing:\n    otel: {endpointAddress: "h:4317", isSecure: false, headers: ["a=1=2", {name: B, value: x}]}\n';
  const { tracing } = await read([file], { OTEL_EXPORTER_OTLP_HEADERS: 'a=0,c=3' });
  assert.deepEqual(tracing.otel, {
    address: 'h:4317',
    isSecure: false,
    isGrpc: true,
    headers: { a: '1=2', b: 'x' },
  });
  const bare = await read(['  tracing:\n    otel: {endpointAddress: "h:4317"}\n'], {
    OTEL_EXPORTER_OTLP_HEADERS: 'a=0,c=3',
  });
  assert.deepEqual(bare.tracing.otel?.headers, { a: '0', c: '3' });
});

test('readConfiguration: OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME are trace resource attributes', async () => {
  const attributes = 'Team=shop%20floor,service.name=a,odd=%zz,nothing';
  const { tracing } = await read([], { OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: 'cart' });
  assert.deepEqual(tracing.resource, { Team: 'shop floor', 'service.name': 'cart', odd: '%zz' });
  assert.deepEqual((await read([])).tracing.resource, {});
});
