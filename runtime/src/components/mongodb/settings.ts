import type { ReadConcernLevel, W } from 'mongodb';
import type { ComponentContext } from '#core/component.ts';
import { parseGoDuration } from '#core/duration.ts';

/** The component's metadata, read once and complete. Times are milliseconds. */
export interface MongoSettings {
  readonly uri: string;
  /** Hosts without user and password, for messages. */
  readonly address: string;
  readonly database: string;
  readonly collection: string;
  readonly writeConcern: W;
  readonly readConcern: ReadConcernLevel;
  /** The longest duration of one operation, including connecting and retries. */
  readonly operationTimeoutMs: number;
}

const readConcerns: ReadonlySet<string> = new Set<ReadConcernLevel>([
  'local',
  'majority',
  'available',
  'linearizable',
  'snapshot',
]);

/** Throws a TypeError that names the entry, its value and what it should be. Keys are in lower case. */
export function mongoSettings({ metadata, name }: Pick<ComponentContext, 'metadata' | 'name'>): MongoSettings {
  const read = (entry: string): string => metadata[entry.toLowerCase()] ?? '';
  const invalid = (entry: string, expected: string): Error =>
    new TypeError(`component ${name}: ${entry} is '${read(entry)}', it should be ${expected}`);

  const database = read('databaseName') || 'daprStore';
  const uri = connectionString(read, database, (problem) => new TypeError(`component ${name}: ${problem}`));
  const timeout = read('operationTimeout') || '5s';
  const operationTimeoutMs = parseGoDuration(timeout);
  if (operationTimeoutMs === undefined || operationTimeoutMs < 1)
    throw invalid('operationTimeout', 'a duration such as 5s');
  return {
    uri,
    address: addressOf(uri),
    database,
    collection: read('collectionName') || 'daprCollection',
    writeConcern: writeConcernOf(read('writeConcern'), invalid),
    readConcern: readConcernOf(read('readConcern'), invalid),
    operationTimeoutMs: Math.ceil(operationTimeoutMs),
  };
}

type Read = (entry: string) => string;

/** The same string as upstream builds; its database is also the authentication database. */
function connectionString(read: Read, database: string, problem: (text: string) => Error): string {
  const configured = read('connectionString');
  if (configured !== '') {
    if (!/^mongodb(\+srv)?:\/\/[^/?]/.test(configured))
      throw problem('connectionString should begin with mongodb:// or mongodb+srv:// and name a host');
    return configured;
  }
  const [host, server] = [read('host'), read('server')];
  if (host === '' && server === '') throw problem('one of host, server and connectionString must be set');
  if (host !== '' && server !== '') throw problem('host and server exclude each other');
  const params = read('params') === '' ? '' : `?${read('params').replace(/^\?/, '')}`;
  const [username, password] = [read('username'), read('password')];
  const login = username !== '' && password !== '' ? `${escaped(username)}:${escaped(password)}@` : '';
  if (host !== '') return `mongodb://${login}${host}/${database}${params}`;
  return `mongodb+srv://${login}${server}/${login === '' ? '' : database}${params}`;
}

/** Upstream requires special characters to be escaped by hand; here both forms are accepted. */
function escaped(text: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(text));
  } catch {
    return encodeURIComponent(text);
  }
}

function addressOf(uri: string): string {
  const authority = /^mongodb(?:\+srv)?:\/\/([^/?]*)/.exec(uri)?.[1] ?? '';
  return authority.slice(authority.lastIndexOf('@') + 1);
}

function writeConcernOf(text: string, invalid: (entry: string, expected: string) => Error): W {
  if (text === '') return 1;
  if (text === 'majority') return text;
  const count = Number(text);
  // unacknowledged writes cannot check etags
  if (!Number.isInteger(count) || count < 1) throw invalid('writeConcern', 'majority or a number from 1');
  return count;
}

function readConcernOf(text: string, invalid: (entry: string, expected: string) => Error): ReadConcernLevel {
  if (text === '') return 'local';
  if (!readConcerns.has(text)) throw invalid('readConcern', `one of ${[...readConcerns].join(', ')}`);
  return text as ReadConcernLevel;
}
