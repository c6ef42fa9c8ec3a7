/** A source file of a service, by its path from the root. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/** The folders whose programs have a database schema; the simulated provider is a separate program. */
export const ownerOf = (file: string): string =>
  file.startsWith('services/payment/src/provider/') ? 'services/payment/src/provider' : file.split('/', 2).join('/');

/** Which folder opens which schema; a call without a literal name is listed under `?`. */
export function schemaOwners(sources: readonly SourceFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { file, text } of sources)
    for (const [, options = ''] of text.matchAll(/(?<!function )\b(?:openDatabase|openInBackground)\(([^)]*)\)/g)) {
      const schema = /schema: '(\w+)'/.exec(options)?.[1] ?? '?';
      owners.set(schema, (owners.get(schema) ?? new Set()).add(ownerOf(file)));
    }
  return owners;
}

/** Where SQL names a table with a schema: tables are found by the connection's search path, which has the own schema only. */
export function qualifiedTables({ file, text }: SourceFile, schemas: Iterable<string>): readonly string[] {
  const names = [...schemas, 'public'].join('|');
  const pattern = new RegExp(
    `\\b(?:from|join|into|update|table|on|references|exists)\\s+"?(?:${names})"?\\."?\\w+`,
    'gi',
  );
  return [...text.matchAll(pattern)].map(([match]) => `${file}: ${match}`);
}
