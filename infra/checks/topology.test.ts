import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apps } from '@tidewater/contracts/apps.ts';
import { topics } from '@tidewater/contracts/topics.ts';
import { parse } from 'yaml';
import { root } from '../launcher/folders.ts';
import { containerFiles } from '../docker/container-secrets.ts';
import { type Secrets, appSecretNames, sharedSecretNames } from '../launcher/secrets.ts';
import { logSettings } from '../servers/postgres.ts';
import {
  allTopics,
  deadLetterApp,
  deadLetterTopic,
  publishingScopes,
  storeApps,
  subscriptionScopes,
  topology,
} from '../topology.ts';

interface ComposeService {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: unknown;
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
}

const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Readonly<Record<string, ComposeService>>;
  volumes: Readonly<Record<string, unknown>>;
};
const dockerfile = readFileSync(join(root, 'infra/docker/Dockerfile'), 'utf8');

const secrets: Secrets = {
  shared: Object.fromEntries(sharedSecretNames.map((name) => [name, `${name} value`])) as Secrets['shared'],
  apps: Object.fromEntries(
    storeApps.map((app) => [app, Object.fromEntries(appSecretNames.map((name) => [name, `${app} ${name}`]))]),
  ) as Secrets['apps'],
};
const files = containerFiles(secrets, 'p@ss:word');
const variablesOf = (container: string): Readonly<Record<string, string>> =>
  JSON.parse(files[container]?.['env.json'] ?? '{}') as Record<string, string>;

for (const { app, main, port, sidecar, env, isPublic } of topology) {
  test(`docker-compose.yml: runs ${app} as topology.ts defines it`, () => {
    const service = compose.services[app];
    assert.ok(service, `docker-compose.yml has no service ${app}`);
    assert.deepEqual(service.command, ['infra/docker/run.ts', main]);
    assert.equal(service.environment?.APP_PORT, String(port));
    assert.deepEqual(
      env.filter((name) => service.environment?.[name] === undefined && variablesOf(app)[name] === undefined),
      [],
    );
    if (env.includes('STORE_APPS')) assert.equal(service.environment?.STORE_APPS, storeApps.join(','));
    assert.equal(service.ports !== undefined, isPublic === true);
    for (const published of service.ports ?? []) assert.match(published, /^127\.0\.0\.1:/);
    assert.ok(existsSync(join(root, main)), `${main} does not exist`);
    const sidecarService = compose.services[`${app}-sidecar`];
    assert.equal(sidecarService !== undefined, sidecar);
    if (sidecarService) {
      assert.ok(sidecarService.command?.includes(`--app-id=${app}`));
      assert.ok(sidecarService.command?.includes(`--app-port=${port}`));
      assert.deepEqual(sidecarService.command?.slice(0, 2), ['infra/docker/run.ts', 'runtime/src/main.ts']);
      assert.equal(sidecarService.environment?.OUTRIGGER_ALLOWED_HOSTS, `${app}-sidecar,127.0.0.1,localhost`);
    }
  });
}

test('docker-compose.yml: has no service that topology.ts does not define', () => {
  const expected = new Set([
    'postgres',
    'nats',
    'secrets',
    ...topology.flatMap(({ app, sidecar }) => (sidecar ? [app, `${app}-sidecar`] : [app])),
  ]);
  assert.deepEqual(
    Object.keys(compose.services).filter((name) => !expected.has(name)),
    [],
  );
});

test('docker-compose.yml: every container has a health check and bounded logs, ours a read-only file system', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    assert.ok(service.healthcheck ?? service.restart === 'no', `${name} has no health check`);
    assert.ok(service.logging?.options?.['max-size'], `${name} has no limit for its log`);
    if (name !== 'postgres' && name !== 'nats') assert.equal(service.read_only, true, name);
  }
});

test('docker-compose.yml: contains no secret; each can be set and is empty by default', () => {
  const { environment = {} } = compose.services.secrets ?? {};
  for (const name of ['POSTGRES_PASSWORD', ...sharedSecretNames, ...appSecretNames])
    assert.equal(environment[name], `\${${name}:-}`, name);
  for (const [name, service] of Object.entries(compose.services)) {
    if (name === 'secrets') continue;
    for (const variable of Object.keys(service.environment ?? {}))
      assert.doesNotMatch(
        variable,
        /TOKEN|SECRET|PASSWORD|_KEY|_URL$(?<!^(HEALTHY|PROVIDER)_URL)/,
        `${name} ${variable}`,
      );
  }
});

test('docker-compose.yml: each container mounts its own secrets only, read-only', () => {
  const mounts = (name: string): readonly string[] =>
    (compose.services[name]?.volumes ?? []).filter((volume) => volume.includes('secrets:'));
  const containers = Object.keys(compose.services).filter((name) => name !== 'secrets');
  assert.deepEqual(Object.keys(files).toSorted(), containers.toSorted());
  for (const name of containers) assert.deepEqual(mounts(name), [`${name}-secrets:/run/tidewater:ro`]);
  assert.deepEqual(
    mounts('secrets').toSorted(),
    [
      'secrets:/var/lib/tidewater/store',
      ...containers.map((name) => `${name}-secrets:/var/lib/tidewater/${name}`),
    ].toSorted(),
  );
  for (const name of containers) {
    assert.ok(`${name}-secrets` in compose.volumes, name);
    assert.match(dockerfile, new RegExp(` tidewater/${name}[\\s]`), `the image has no folder for ${name}'s volume`);
  }
});

test('containerFiles: a program gets its own secrets only', () => {
  assert.deepEqual(Object.keys(variablesOf('cart')).toSorted(), ['APP_API_TOKEN', 'DAPR_API_TOKEN', 'STAFF_TOKEN']);
  assert.deepEqual(Object.keys(variablesOf('order')).toSorted(), [
    'APP_API_TOKEN',
    'DAPR_API_TOKEN',
    'DATABASE_URL',
    'STAFF_TOKEN',
  ]);
  assert.equal(variablesOf('order').APP_API_TOKEN, 'order APP_API_TOKEN');
  assert.equal(variablesOf('order-sidecar').APP_API_TOKEN, 'order APP_API_TOKEN');
  assert.equal(new URL(variablesOf('order').DATABASE_URL ?? '').password, encodeURIComponent('p@ss:word'));
  for (const { app, sidecar } of topology) {
    const text = JSON.stringify([files[app], files[`${app}-sidecar`]]);
    for (const other of storeApps) if (other !== app) assert.ok(!text.includes(`${other} APP_API_TOKEN`), app);
    assert.equal(variablesOf(`${app}-sidecar`).OUTRIGGER_PEER_SECRET !== undefined, sidecar, app);
    assert.equal(variablesOf(app).OUTRIGGER_PEER_SECRET, undefined, app);
  }
});

test('docker-compose.yml: Postgres has the log settings of infra/servers/postgres.ts', () =>
  assert.deepEqual(compose.services.postgres?.command, [
    'postgres',
    '-cmax_connections=200',
    ...logSettings.map((setting) => `-c${setting}`),
  ]));

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly scopes?: readonly string[];
  readonly spec: { readonly metadata?: readonly { readonly name: string; readonly value?: string }[] };
}
const componentsFolder = join(root, 'infra/components');
const resources = readdirSync(componentsFolder).map(
  (file) => [file, parse(readFileSync(join(componentsFolder, file), 'utf8')) as Resource] as const,
);

test('infra/components: each resource is scoped to the apps that topology.ts assigns to it', () => {
  for (const [file, { kind, metadata, scopes }] of resources) {
    const users =
      kind === 'Component'
        ? topology.filter(({ components }) => components.includes(metadata.name)).map(({ app }) => app)
        : storeApps;
    assert.deepEqual((scopes ?? storeApps).toSorted(), users.toSorted(), file);
  }
});

test('pubsub.yaml: topics and scopes equal those of topology.ts', () => {
  const { spec } = resources.find(([file]) => file === 'pubsub.yaml')?.[1] ?? assert.fail();
  const value = (name: string): string =>
    (spec.metadata?.find((entry) => entry.name === name)?.value ?? '').replaceAll(' ', '');
  assert.deepEqual(value('allowedTopics').split(','), allTopics);
  assert.equal(value('publishingScopes'), publishingScopes);
  assert.equal(value('subscriptionScopes'), subscriptionScopes);
});

test('contracts: the list of apps equals that of topology.ts', () => assert.deepEqual(apps, storeApps));

test('topology.ts: every topic and every dead letter topic has one publisher', () => {
  const published = topology.flatMap(({ publishes }) => publishes);
  assert.deepEqual(published.toSorted(), Object.values(topics).toSorted());
  assert.equal(new Set(allTopics).size, published.length + storeApps.length);
  for (const app of storeApps) assert.ok(allTopics.includes(deadLetterTopic(app)));
  for (const { subscribes } of topology) for (const topic of subscribes) assert.ok(published.includes(topic), topic);
  assert.ok(storeApps.includes(deadLetterApp));
});

test('Dockerfile: copies the manifest of every workspace before it installs packages', () => {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    workspaces: readonly string[];
  };
  const folders = workspaces.flatMap((name) =>
    name === 'services/*'
      ? readdirSync(join(root, 'services'))
          .filter((entry) => existsSync(join(root, 'services', entry, 'package.json')))
          .map((entry) => `services/${entry}`)
      : [name],
  );
  assert.deepEqual(
    folders.filter((name) => !dockerfile.includes(`COPY ${name}/package.json ${name}/`)),
    [],
  );
});
