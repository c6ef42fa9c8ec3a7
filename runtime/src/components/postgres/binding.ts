import { Pool } from 'pg';
import type { CustomTypesConfig, QueryConfig } from 'pg';
import type { OperationReply, OperationRequest, OutputBinding } from '#blocks/bindings/binding.ts';
import type { Call } from '#core/call.ts';
import { settingsReader } from '#core/component-settings.ts';
import type { Factory } from '#core/component.ts';
import { formatGoDuration } from '#core/duration.ts';
import { textOf } from '#core/errors.ts';
import { jsonCell } from './json-cell.ts';
import { postgresSettings } from './settings.ts';

/** A query with the extended protocol, which allows a single statement only, as upstream. */
interface OneStatement extends QueryConfig {
  readonly queryMode: 'extended';
  readonly rowMode: 'array';
}

const defaultConnections = 10;

/** `bindings.postgresql`: `exec` returns the number of affected rows, `query` returns rows as JSON arrays, `close` closes it. */
export const postgresBinding: Factory<OutputBinding> = async (context) => {
  const { clock, log } = context;
  const settings = postgresSettings(context);
  const pool = new Pool({
    ...settings.client,
    max: settingsReader(context).integer('maxConns', defaultConnections, { min: 1 }),
    connectionTimeoutMillis: 4000,
  });
  // An idle connection that breaks is replaced on the next use; without a listener the error would end the process.
  pool.on('error', (cause) => log.warn({ error: textOf(cause) }, 'Postgres connection lost'));
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await pool.end();
  };
  await pool.query('select 1').catch(async (cause: unknown) => {
    await close();
    throw new Error(`Postgres at ${settings.address} cannot be reached: ${textOf(cause)}`, { cause });
  });

  const run = async (what: string, { metadata: requestMetadata }: OperationRequest, sql: string) => {
    const statement: OneStatement = {
      text: sql,
      values: [...paramsOf(requestMetadata['params'] ?? '')],
      rowMode: 'array',
      queryMode: 'extended',
      types: asText,
    };
    return await pool.query<(string | null)[]>(statement).catch((cause: unknown) => {
      throw new Error(`error executing ${what}: ${sqlError(cause)}`, { cause });
    });
  };

  return {
    operations: ['exec', 'query', 'close'],
    async invoke(_call: Call, request): Promise<OperationReply | undefined> {
      const { operation } = request;
      if (operation === 'close') {
        await close();
        return undefined;
      }
      if (isClosed) throw new Error('component is closed');
      const sql = request.metadata['sql']?.trim();
      if (sql === undefined || request.metadata['sql'] === '') throw new Error('required metadata not set: sql');
      const startedAt = clock.now();
      const began = clock.monotonic();
      const result = await run(operation, request, sql);
      const responseMetadata = {
        operation,
        sql,
        'start-time': new Date(startedAt).toISOString(),
        'end-time': new Date(clock.now()).toISOString(),
        duration: formatGoDuration(clock.monotonic() - began),
      };
      if (operation === 'exec')
        return {
          data: Buffer.alloc(0),
          metadata: { ...responseMetadata, 'rows-affected': String(result.rowCount ?? 0) },
        };
      const types = result.fields.map((field) => field.dataTypeID);
      const rows = result.rows.map((row) => `[${row.map((cell, i) => jsonCell(types[i] ?? 0, cell)).join(',')}]`);
      return { data: Buffer.from(`[${rows.join(',')}]`), metadata: responseMetadata };
    },
    close,
  };
};

const asText = { getTypeParser: () => (text: string) => text } as unknown as CustomTypesConfig;

function paramsOf(text: string): readonly unknown[] {
  if (text === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`invalid metadata property params: failed to unserialize into an array: ${textOf(cause)}`, {
      cause,
    });
  }
  if (!Array.isArray(value)) throw new Error('invalid metadata property params: it is not an array');
  return value as readonly unknown[];
}

/** In the format of upstream's driver: `ERROR: relation "x" does not exist (SQLSTATE 42P01)`. */
function sqlError(cause: unknown): string {
  const { severity, code } = cause as { readonly severity?: unknown; readonly code?: unknown };
  if (typeof severity !== 'string' || typeof code !== 'string') return textOf(cause);
  return `${severity}: ${textOf(cause)} (SQLSTATE ${code})`;
}
