import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { type Zone, zones } from './import-table.ts';

/**
 * The modules a source text imports: static, re-exported, for side effects, and dynamic. A pattern is enough because the
 * formatter leaves one form of each; `Buffer.from('x')` and text in comments do not match.
 */
export function importsOf(source: string): readonly string[] {
  const code = source.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const patterns = [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s+'([^']+)'/gm,
    /^\s*import\s+'([^']+)'/gm,
    /\bimport\(\s*'([^']+)'\s*\)/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''));
}

/** A path from the root for a file, or the bare specifier for a package or built-in. */
export function resolveImport(specifier: string, fromFile: string, aliases: Aliases): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(fromFile), specifier));
  for (const [alias, folder] of aliases) if (specifier.startsWith(alias)) return folder + specifier.slice(alias.length);
  return specifier;
}

/** Specifiers that begin with the prefix are files below the folder. */
export type Aliases = readonly (readonly [prefix: string, folder: string])[];

/** The `#zone/` imports of the runtime and the names of the workspaces. */
export function readAliases(root: string): Aliases {
  const { imports } = JSON.parse(readFileSync(join(root, 'runtime/package.json'), 'utf8')) as {
    imports: Readonly<Record<string, string>>;
  };
  const zoneAliases = Object.entries(imports).map(
    ([alias, target]) => [alias.replace('*', ''), normalize(join('runtime', target.replace('*', '')))] as const,
  );
  return [
    ...zoneAliases,
    ['@outrigger/sdk', 'runtime/sdk/'],
    ['@tidewater/contracts/', 'services/contracts/src/'],
    ['@tidewater/kit/', 'services/kit/src/'],
    ['@tidewater/infra/', 'infra/'],
  ];
}

/** Why an import is not allowed, or undefined. */
export function violationOf(file: string, target: string): string | undefined {
  const zone = zones.find(({ folder }) => folder.test(file));
  if (!zone) return `${file} is in no zone of the import table`;
  if (target.startsWith('node:'))
    return zone.forbidsNode?.test(target) ? `${file}: ${zone.name} must not use ${target}` : undefined;
  const isFile = /^(runtime|services|frontend|infra|e2e)\//.test(target);
  if (isFile ? allowsFile(zone, file, target) : zone.packages.some((pattern) => pattern.test(target))) return undefined;
  return `${file}: ${zone.name} must not import ${target}`;
}

function allowsFile(zone: Zone, file: string, target: string): boolean {
  if (zone.files.some((pattern) => pattern.test(target))) return true;
  const [mine, theirs] = [zone.folder.exec(file), zone.folder.exec(target)];
  return theirs !== null && (!zone.isolated || mine?.[1] === theirs[1]);
}
