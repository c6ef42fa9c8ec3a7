import type { ReadConcernLevel, W } from 'mongodb';
import { type SettingsReader, componentSettingInvalid, settingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';

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

const readConcerns = ['local', 'majority', 'available', 'linearizable', 'snapshot'] as const;

/** Throws `componentSettingInvalid`. */
export function mongoSettings({ metadata, name }: Pick<ComponentContext, 'metadata' | 'name'>): MongoSettings {
  const read = settingsReader({ metadata, name });
  const database = read.text('databaseName', 'daprStore');
  const uri = connectionString(read, database, (problem) => componentSettingInvalid(name, problem));
  return {
    uri,
    address: addressOf(uri),
    database,
    collection: read.text('collectionName', 'daprCollection'),
    writeConcern: writeConcernOf(read),
    readConcern: read.oneOf('readConcern', readConcerns, 'local'),
    operationTimeoutMs: Math.ceil(read.duration('operationTimeout', { min: 1 }) ?? 5000),
  };
}

/** The same string as upstream builds; its database is also the authentication database. */
function connectionString(read: SettingsReader, database: string, problem: (text: string) => Error): string {
  const configured = read.secret('connectionString');
  if (configured !== '') {
    if (!/^mongodb(\+srv)?:\/\/[^/?]/.test(configured))
      throw problem('connectionString should begin with mongodb:// or mongodb+srv:// and name a host');
    return configured;
  }
  const [host, server] = [read.text('host'), read.text('server')];
  if (host === '' && server === '') throw problem('one of host, server and connectionString must be set');
  if (host !== '' && server !== '') throw problem('host and server exclude each other');
  const params = read.text('params') === '' ? '' : `?${read.text('params').replace(/^\?/, '')}`;
  const [username, password] = [read.text('username'), read.secret('password')];
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

function writeConcernOf(read: SettingsReader): W {
  const text = read.text('writeConcern', '1');
  if (text === 'majority') return text;
  const count = Number(text);
  // unacknowledged writes cannot check etags
  if (!Number.isInteger(count) || count < 1) throw read.invalid('writeConcern', 'majority or a number from 1');
  return count;
}
