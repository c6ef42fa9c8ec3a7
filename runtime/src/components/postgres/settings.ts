import { readFileSync } from 'node:fs';
import type { ClientConfig } from 'pg';
import type { ComponentContext } from '#core/component.ts';
import { defineError } from '#core/errors.ts';

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

export const postgresSettingInvalid = defineError(
  { code: 'ERR_COMPONENT_INIT', http: 500, grpc: 'FailedPrecondition' },
  (component: string, setting: string, why: string) => `component ${component}: metadata ${setting} ${why}`,
);

/** Reads what upstream's component reads; keys are in lower case. Throws `postgresSettingInvalid`. */
export function postgresSettings(context: ComponentContext): PostgresSettings {
  const { metadata, name } = context;
  const parts = connectionParts(context);
  const host = parts.get('hostaddr') || parts.get('host') || 'localhost';
  const port = Number(parts.get('port') || 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw postgresSettingInvalid(name, 'port', 'is not a port');
  const database = parts.get('dbname') || parts.get('database') || parts.get('user');
  const timeoutMs = duration(name, 'timeout', metadata['timeout'] ?? metadata['timeoutinseconds'], 20_000) || 20_000;
  const isFirstVersion = context.type.startsWith('state.') && context.version === 'v1';
  const tableName = identifier(name, 'tableName', metadata['tablename'] || 'state');
  // version 1 has no table prefix, so the additional tables are named after its state table
  const tablePrefix = isFirstVersion ? `${tableName}_` : identifier(name, 'tablePrefix', metadata['tableprefix'] ?? '');
  return {
    client: {
      host,
      port,
      user: parts.get('user'),
      password: parts.get('password'),
      database,
      ssl: ssl(context, parts),
      options: sessionOptions(parts),
      application_name: parts.get('application_name') || `outrigger-${context.appId}`,
      statement_timeout: timeoutMs,
      keepAlive: true,
    },
    address: `${host}:${port}/${database ?? ''}`,
    timeoutMs,
    stateTable: isFirstVersion ? tableName : `${tablePrefix}state`,
    metadataTable: identifier(name, 'metadataTableName', metadata['metadatatablename'] || 'dapr_metadata'),
    tablePrefix,
    cleanupIntervalMs: Math.max(
      0,
      duration(name, 'cleanupInterval', metadata['cleanupinterval'] ?? metadata['cleanupintervalinseconds'], 3_600_000),
    ),
  };
}

const partNames = ['host', 'hostaddr', 'port', 'database', 'user', 'password', 'sslrootcert'] as const;

/** The parts of the connection string; individual entries override them, as upstream. */
function connectionParts({ metadata, name }: ComponentContext): Map<string, string> {
  const text = metadata['connectionstring'] ?? metadata['url'] ?? '';
  const parts = /^postgres(ql)?:\/\//.test(text) ? partsOfUrl(name, text) : partsOfKeywords(text);
  for (const part of partNames) {
    const value = metadata[part];
    if (value !== undefined && value !== '') parts.set(part === 'database' ? 'dbname' : part, value);
  }
  if (parts.size === 0) throw postgresSettingInvalid(name, 'connectionString', 'is missing');
  return parts;
}

function partsOfUrl(component: string, text: string): Map<string, string> {
  if (!URL.canParse(text)) throw postgresSettingInvalid(component, 'connectionString', 'is not a postgres:// address');
  const url = new URL(text);
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

function ssl({ name }: ComponentContext, parts: ReadonlyMap<string, string>): ClientConfig['ssl'] {
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
      throw postgresSettingInvalid(name, 'sslmode', `${mode} is unknown`);
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
function identifier(component: string, setting: string, text: string): string {
  if (!/^([A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?)?$/.test(text)) {
    throw postgresSettingInvalid(component, setting, 'may hold letters, digits and _ only');
  }
  return text;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A Go duration such as `1h30m`, or a number of seconds. */
function duration(component: string, setting: string, text: string | undefined, fallbackMs: number): number {
  if (text === undefined || text === '') return fallbackMs;
  if (/^-?\d+$/.test(text)) return Number(text) * 1000;
  if (!/^-?(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    throw postgresSettingInvalid(component, setting, 'is not a duration such as 20s');
  }
  let total = 0;
  for (const [, amount, unit = ''] of text.matchAll(/([\d.]+)(ms|s|m|h)/g))
    total += Number(amount) * (unitMs[unit] ?? 0);
  return text.startsWith('-') ? -total : total;
}
