import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Aliases, importsOf, readAliases, resolveImport } from '../checks/imports.ts';

/** Replaces each `<!-- generated: NAME -->` … `<!-- end -->` of the page by its table. */
export function withTables(page: string, root: string): string {
  const tables: Readonly<Record<string, () => string>> = {
    folders: () => folderTable(root),
    blocks: () => blockTable(root),
    vendors: () => vendorTable(root),
  };
  return page.replaceAll(
    /(<!-- generated: (\w+) -->\n)[^]*?(<!-- end -->)/g,
    (_all, begin: string, name: string, end) => {
      const table = tables[name];
      if (table === undefined) throw new Error(`There is no table ${name}. Tables: ${Object.keys(tables).join(', ')}.`);
      return `${begin}${table()}${String(end)}`;
    },
  );
}

/** The workspaces, by the descriptions of their manifests. */
function folderTable(root: string): string {
  const manifest = (folder: string): { workspaces?: string[]; description?: string } =>
    JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { workspaces?: string[] };
  const folders = (manifest('.').workspaces ?? []).flatMap((pattern) =>
    globSync(`${pattern}/package.json`, { cwd: root })
      .toSorted()
      .map((file) => file.slice(0, -'/package.json'.length)),
  );
  return table(
    ['folder', 'contents'],
    folders.map((folder) => [`\`${folder}/\``, manifest(folder).description ?? '']),
  );
}

interface ComponentFile {
  readonly vendor: string;
  /** Files from the root, and packages. */
  readonly imports: readonly string[];
}

function componentFiles(root: string): readonly ComponentFile[] {
  const aliases: Aliases = readAliases(root);
  return globSync('runtime/src/components/*/*.ts', { cwd: root })
    .filter((file) => !/\.(test|testing|bench)\.ts$|\/testing\.ts$|\/test-/.test(file))
    .map((file) => ({
      vendor: file.split('/')[3] ?? '',
      imports: importsOf(readFileSync(join(root, file), 'utf8')).map((name) => resolveImport(name, file, aliases)),
    }));
}

/** Of what components import from a block, the interfaces that they implement. */
const portFile = /-store\.ts$|-vault\.ts$|-component\.ts$|-middleware\.ts$|\/(broker|binding|ports|peers)\.ts$/;

function blockTable(root: string): string {
  const files = componentFiles(root);
  const blocks = readdirSync(join(root, 'runtime/src/blocks')).toSorted();
  return table(
    ['block', 'ports', 'implemented in `components/`'],
    blocks.map((block) => {
      const folder = `runtime/src/blocks/${block}/`;
      const isPort = (file: string): boolean => file.startsWith(folder) && portFile.test(file);
      const ports = sorted(files.flatMap(({ imports }) => imports.filter(isPort)));
      const vendors = sorted(files.filter(({ imports }) => imports.some(isPort)).map(({ vendor }) => vendor));
      return [
        `\`blocks/${block}/\``,
        ports.map((file) => `[${file.slice(folder.length)}](../${file})`).join(', ') || '–',
        vendors.join(', ') || '–',
      ];
    }),
  );
}

function vendorTable(root: string): string {
  const files = componentFiles(root);
  const registry = readFileSync(join(root, 'runtime/src/components/registry.ts'), 'utf8');
  const types = [...registry.matchAll(/'([\w.-]+)\/v\d'[^']+'\.\/(\w+)\//g)].map(([, type = '', vendor = '']) => ({
    type,
    vendor,
  }));
  const packageOf = (name: string): string => name.split('/', name.startsWith('@') ? 2 : 1).join('/');
  const isPackage = (name: string): boolean => !name.startsWith('node:') && !name.endsWith('.ts') && name !== '';
  const vendors = sorted(files.map(({ vendor }) => vendor));
  return table(
    ['folder', 'component types', 'packages'],
    vendors.map((vendor) => {
      const packages = files
        .filter((file) => file.vendor === vendor)
        .flatMap(({ imports }) => imports.filter(isPackage));
      const vendorTypes = types.filter((each) => each.vendor === vendor).map(({ type }) => type);
      return [`\`components/${vendor}/\``, asCode(vendorTypes), asCode(packages.map(packageOf))];
    }),
  );
}

const asCode = (names: readonly string[]): string =>
  sorted(names)
    .map((name) => `\`${name}\``)
    .join(', ') || '–';

const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted();

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('');
}
