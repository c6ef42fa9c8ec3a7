/** A database's location from a connection string. */
export interface SqliteLocation {
  /** A file's path, or `:memory:`. */
  readonly path: string;
  readonly isMemory: boolean;
  readonly isReadOnly: boolean;
  /** Such as `cache_size = -20000`, to be run when the database is opened. */
  readonly pragmas: readonly string[];
}

/** Pragmas with their own metadata settings. */
const reservedPragmas = /^(busy_timeout|journal_mode|foreign_keys)\b/i;
const pragmaForm = /^(\w+)\s*(?:\(\s*([\w.+-]+)\s*\)|=\s*([\w.+-]+))?$/;

/** Parses a path or SQLite's `file:` form with parameters. A string result is the reason why it is invalid. */
export function parseSqliteLocation(connectionString: string): SqliteLocation | string {
  const [head = '', search = ''] = splitOnce(connectionString.replace(/^file:(\/\/(?=\/))?/i, ''), '?');
  const parameters = new URLSearchParams(search);
  const isMemory = /^:memory:/i.test(head) || parameters.get('mode') === 'memory';
  if (head === '' && !isMemory) return 'names no file';
  const pragmas: string[] = [];
  for (const text of parameters.getAll('_pragma')) {
    if (reservedPragmas.test(text)) return `holds _pragma=${text}: use busyTimeout and disableWAL instead`;
    const [, name, callValue, assignedValue] = pragmaForm.exec(text) ?? [];
    if (name === undefined) return `holds _pragma=${text}, which is not of the form name(value)`;
    const value = callValue ?? assignedValue;
    pragmas.push(value === undefined ? name : `${name} = ${value}`);
  }
  return {
    path: isMemory ? ':memory:' : decoded(head),
    isMemory,
    isReadOnly: parameters.get('mode') === 'ro' || parameters.get('immutable') === '1',
    pragmas,
  };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // the percent sign is part of the name
    return path;
  }
}
