import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';
import { anatomies, misplaced, wrongDirection } from './anatomy.ts';
import { importsOf, readAliases, resolveImport } from './imports.ts';

const aliases = readAliases(root);
const sources = globSync('services/*/src/**/*.ts', { cwd: root }).toSorted();
const isTestFile = (file: string): boolean => /\.test\.ts$|\/testing\.ts$/.test(file);
const programs = sources.filter((file) => file.endsWith('/main.ts')).map((file) => file.slice(0, -'/main.ts'.length));

test('anatomy: every file of every service has its place', () => {
  assert.ok(programs.length > 5, `found only ${programs.length} programs: the pattern is wrong`);
  assert.deepEqual(
    sources.map(misplaced).filter((problem) => problem !== undefined),
    [],
  );
});

test('anatomy: every program has main.ts, service.ts and routes.ts', () => {
  const names = ['main.ts', 'service.ts', 'routes.ts'];
  const missing = programs.flatMap((folder) =>
    names.map((name) => `${folder}/${name}`).filter((file) => !sources.includes(file)),
  );
  assert.deepEqual(missing, []);
});

test('anatomy: every folder of one service only exists', () => {
  const folders = anatomies.flatMap(({ root: src, below, above }) =>
    [...below, ...above].map(({ folder }) => `${src}/${folder}/`),
  );
  assert.deepEqual(
    folders.filter((folder) => !sources.some((file) => file.startsWith(folder))),
    [],
  );
});

test('anatomy: imports inside a service go down only', () => {
  const problems = sources
    .filter((file) => !isTestFile(file))
    .flatMap((file) =>
      importsOf(readFileSync(join(root, file), 'utf8')).map((name) =>
        wrongDirection(file, resolveImport(name, file, aliases)),
      ),
    )
    .filter((problem) => problem !== undefined);
  assert.deepEqual(problems, []);
});

const wrongPlaces: readonly (readonly [file: string, problem: RegExp])[] = [
  ['services/cart/src/cart.ts', /Move it to domain\/, commands\/, queries\/, consumers\/, routes\/ or schema\/\.$/],
  ['services/reviews/src/reviews.test.ts', /only main\.ts, service\.ts, routes\.ts, their tests/],
  ['services/cart/src/helpers/round.ts', /no folder helpers\/.*or name the folder and its reason in infra\/checks/],
  ['services/catalog/src/audit/audit.ts', /no folder audit\//],
  ['services/payment/src/provider/ledger.ts', /Move it to domain/],
];
for (const [file, problem] of wrongPlaces)
  test(`anatomy: ${file} has no place`, () => assert.match(misplaced(file) ?? '', problem));

test('anatomy: a service without an entry has the common folders', () => {
  const files = ['main.ts', 'service.test.ts', 'testing.ts', 'domain/a.ts', 'schema/seed/b.ts'];
  assert.deepEqual(
    files.map((file) => misplaced(`services/reviews/src/${file}`)),
    files.map(() => undefined),
  );
});

const wrongImports: readonly (readonly [file: string, specifier: string, problem: RegExp])[] = [
  ['services/order/src/domain/order.ts', '@outrigger/sdk', /domain is pure.*not runtime\/sdk\/\. Pass it as/],
  ['services/order/src/domain/order.ts', 'node:crypto', /domain is pure/],
  ['services/order/src/domain/order.ts', '@tidewater/kit/log.ts', /domain is pure/],
  ['services/order/src/domain/order.ts', '../schema/migrations.ts', /domain must not import schema\/.*only itself\./],
  ['services/order/src/queries/projection.ts', '../commands/order-actor.ts', /queries must not import commands/],
  ['services/order/src/commands/order-actor.ts', '../audit/audit.ts', /Move what it needs below commands/],
  ['services/order/src/consumers/event-subscriptions.ts', '../routes/orders.ts', /consumers must not import routes/],
  ['services/order/src/routes/orders.ts', '../service.ts', /routes must not import service\.ts/],
  ['services/order/src/main.ts', './routes.ts', /main must not import routes\.ts, only service\./],
  ['services/payment/src/service.ts', './provider/commands/provider-ledger.ts', /service must not import provider\//],
  ['services/payment/src/provider/service.ts', '../clients/provider-client.ts', /of another program/],
];
for (const [file, specifier, problem] of wrongImports)
  test(`anatomy: ${file} must not import ${specifier}`, () =>
    assert.match(wrongDirection(file, resolveImport(specifier, file, aliases)) ?? '', problem));

const rightImports: readonly (readonly [file: string, specifier: string])[] = [
  ['services/order/src/domain/order.ts', '@tidewater/contracts/money.ts'],
  ['services/order/src/domain/order.ts', '@tidewater/kit/schema.ts'],
  ['services/order/src/commands/order-actor.ts', '../queries/projection.ts'],
  ['services/order/src/routes.ts', './routes/orders.ts'],
  ['services/order/src/service.ts', './audit/audit.ts'],
  ['services/payment/src/provider/service.ts', '../settings/required-secret.ts'],
];
for (const [file, specifier] of rightImports)
  test(`anatomy: ${file} may import ${specifier}`, () =>
    assert.equal(wrongDirection(file, resolveImport(specifier, file, aliases)), undefined));
