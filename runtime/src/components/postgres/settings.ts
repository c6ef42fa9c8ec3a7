import { readFileSync } from 'node:fs';
import type { ClientConfig } from 'pg';
import { type SettingsReader, componentSettingInvalid, settingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';

export interface PostgresSettings {
  readonly client: ClientConfig;
  /** `host:port/database`, without the password, for messages. */
  readonly address: string;
  /** The longest duration of a statement. */
  readonly timeoutMs: number;
  readonly stateTable: string;
  readonly metadataTable: string;
  readonly tablePrefix: string;
  /** 0: expired rows are not removed; they are never read. */
  readonly cleanupIntervalMs: number;
}

/** Reads upstream's metadata. Throws `componentSettingInvalid`. A duration without a unit is seconds. */
export function postgresSettings(context: ComponentContext): PostgresSettings {
  const read = settingsReader(context, { bareDuration: 'seconds' });
  const parts = connectionParts(context, read);
  const timeoutMs = Math.max(0, read.duration(read.nameOf('timeout', 'timeoutInSeconds')) ?? 0) || 20_000;
  const { client, address } = clientConfig(context, parts, timeoutMs);
  const isFirstVersion = context.type.startsWith('state.') && context.version === 'v1';
  const tableName = tableNameOf(read, 'tableName', 'state');
  // version 1 has no table prefix, so the additional tables are named after its state table
  const tablePrefix = isFirstVersion ? `${tableName}_` : tableNameOf(read, 'tablePrefix', '');
  const cleanupInterval = read.nameOf('cleanupInterval', 'cleanupIntervalInSeconds');
  return {
    client,
    address,
    timeoutMs,
    stateTable: isFirstVersion ? tableName : `${tablePrefix}state`,
    metadataTable: tableNameOf(read, 'metadataTableName', 'dapr_metadata'),
    tablePrefix,
    cleanupIntervalMs: Math.max(0, read.duration(cleanupInterval, { min: -Infinity }) ?? 3_600_000),
  };
}

function clientConfig(
  { name, appId }: ComponentContext,
  parts: ReadonlyMap<string, string>,
  timeoutMs: number,
): Pick<PostgresSettings, 'client' | 'address'> {
  const host = parts.get('hostaddr') || parts.get('host') || 'localhost';
  const port = Number(parts.get('port') || 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw componentSettingInvalid(name, `port is '${parts.get('port')}', it should be an integer from 1 to 65535`);
  const database = parts.get('dbname') || parts.get('database') || parts.get('user');
  return {
    address: `${host}:${port}/${database ?? ''}`,
    client: {
      host,
      port,
      user: parts.get('user'),
      password: parts.get('password'),
      database,
      ssl: ssl(name, parts),
      options: sessionOptions(parts),
      application_name: parts.get('application_name') || `outrigger-${appId}`,
      statement_timeout: timeoutMs,
      keepAlive: true,
    },
  };
}

const partNames = ['host', 'hostaddr', 'port', 'database', 'user', 'password', 'sslrootcert'] as const;

/** The parts of the connection string; individual entries override them, as upstream. */
function connectionParts({ name }: ComponentContext, read: SettingsReader): Map<string, string> {
  const text = read.secret(read.nameOf('connectionString', 'url'));
  const parts = /^postgres(ql)?:\/\//.test(text) ? partsOfUrl(name, text) : partsOfKeywords(text);
  for (const part of partNames) {
    const value = read.text(part);
    if (value !== '') parts.set(part === 'database' ? 'dbname' : part, value);
  }
  if (parts.size === 0) throw read.missing('connectionString', 'such as postgres://user:password@localhost:5432/app');
  return parts;
}

function partsOfUrl(component: string, text: string): Map<string, string> {
  const url = URL.parse(text);
  if (!url) throw componentSettingInvalid(component, 'connectionString is invalid, it should be a postgres:// URL');
  const parts = new Map<string, string>(url.searchParams);
  const put = (part: string, value: string): void => {
    if (value !== '') parts.set(part, decodeURIComponent(value));
  };
  put('host', url.hostname);
  put('port', url.port);
  put('user', url.username);
  put('password', url.password);
  put('dbname', url.pathname.slice(1));
  return parts;
}

/** libpq's format: `host=localhost user=postgres password='a b'`. */
function partsOfKeywords(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const [, key = '', quoted, plain] of text.matchAll(/(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S*))/g)) {
    parts.set(key, (quoted ?? plain ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return parts;
}

function ssl(component: string, parts: ReadonlyMap<string, string>): ClientConfig['ssl'] {
  const mode = parts.get('sslmode') ?? 'prefer';
  const rootCert = parts.get('sslrootcert');
  switch (mode) {
    case 'disable':
    case 'allow':
    case 'prefer':
      return false;
    case 'require':
    case 'verify-ca':
    case 'verify-full': {
      // As libpq: `require` verifies the certificate only with a root certificate.
      const ca = rootCert ? readFileSync(rootCert, 'utf8') : undefined;
      return mode === 'require' && ca === undefined ? { rejectUnauthorized: false } : { ca };
    }
    default:
      throw componentSettingInvalid(component, `sslmode is '${mode}', it should be one of libpq's modes`);
  }
}

const connectionParameters =
  /^(host|hostaddr|port|dbname|database|user|password|ssl\w*|application_name|pool_\w+|connect_timeout|default_query_exec_mode|\w+_cache_capacity|target_session_attrs)$/;

/** Keywords that do not concern the connection are session settings, such as `search_path`. */
function sessionOptions(parts: ReadonlyMap<string, string>): string | undefined {
  const settings = [...parts].filter(([key]) => !connectionParameters.test(key) && key !== 'options');
  const options = settings.map(([key, value]) => `-c ${key}=${value.replaceAll(/([\\ ])/g, '\\$1')}`);
  const configured = parts.get('options');
  return configured || options.length > 0 ? [configured, ...options].filter(Boolean).join(' ') : undefined;
}

/** Upstream inserts names into statements unquoted; so do we, to use the same table. */
function tableNameOf(read: SettingsReader, entry: string, fallback: string): string {
  const name = read.text(entry, fallback);
  if (!/^([A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?)?$/.test(name))
    throw read.invalid(entry, 'a name with a-z, A-Z, 0-9 and _ only');
  return name;
}
