import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../launcher/folders.ts';
import { topology } from '../topology.ts';

interface ComposeService {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: unknown;
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
}

const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Readonly<Record<string, ComposeService>>;
};

for (const { app, main, port, sidecar, env, isPublic } of topology) {
  test(`compose runs ${app} as the topology says`, () => {
    const service = compose.services[app];
    assert.ok(service, `docker-compose.yml has no service ${app}`);
    assert.deepEqual(service.command, [main]);
    assert.equal(service.environment?.APP_PORT, String(port));
    assert.deepEqual(
      env.filter((name) => service.environment?.[name] === undefined),
      [],
    );
    assert.equal(service.ports !== undefined, isPublic === true);
    assert.ok(existsSync(join(root, main)), `${main} does not exist`);
    const beside = compose.services[`${app}-sidecar`];
    assert.equal(beside !== undefined, sidecar);
    if (beside) {
      assert.ok(beside.command?.includes(`--app-id=${app}`));
      assert.ok(beside.command?.includes(`--app-port=${port}`));
    }
  });
}

test('compose runs nothing that the topology does not know', () => {
  const known = new Set([
    'postgres',
    'nats',
    ...topology.flatMap(({ app, sidecar }) => (sidecar ? [app, `${app}-sidecar`] : [app])),
  ]);
  assert.deepEqual(
    Object.keys(compose.services).filter((name) => !known.has(name)),
    [],
  );
});

test('every container has a health check, and ours have a read-only file system', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    assert.ok(service.healthcheck, `${name} has no health check`);
    if (name !== 'postgres' && name !== 'nats') assert.equal(service.read_only, true, name);
  }
});

test('each component is scoped to the apps whose sidecars the topology gives it', () => {
  const folder = join(root, 'infra/components');
  for (const file of readdirSync(folder)) {
    const { metadata, scopes } = parse(readFileSync(join(folder, file), 'utf8')) as {
      metadata: { name: string };
      scopes?: readonly string[];
    };
    const users = topology.filter(({ components }) => components.includes(metadata.name)).map(({ app }) => app);
    if (scopes) assert.deepEqual(scopes.toSorted(), users.toSorted(), file);
    else
      assert.deepEqual(
        users,
        topology.filter(({ sidecar }) => sidecar).map(({ app }) => app),
        file,
      );
  }
});

test('every workspace that the image needs is copied before its packages are installed', () => {
  const dockerfile = readFileSync(join(root, 'infra/docker/Dockerfile'), 'utf8');
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
