import type { ConfigurationItem, ConfigurationStore } from '#blocks/configuration/configuration-store.ts';
import { componentSettingInvalid, settingsReader } from '#core/component-settings.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { postgresConnection } from './connection.ts';
import { postgresNotifications } from './notifications.ts';
import { postgresSettings } from './settings.ts';

/**
 * `configuration.postgresql`, on an existing table with `key`, `value`, `version` and `metadata`. A trigger notifies changes
 * with the row as `{"data": …}`. Rejects when the database cannot be reached or does not have the table.
 */
export const postgresConfigurationStore: Factory<ConfigurationStore> = async (context) => {
  const settings = postgresSettings(context);
  const table = tableOf(context);
  const connection = postgresConnection(settings, context.clock, { isPipelined: true });
  try {
    const [row] = await connection.run({ name: '', text: 'select to_regclass($1)' }, [table]);
    if (!row?.[0]) throw new TypeError(`postgreSQL configuration table '${table}' does not exist`);
  } catch (cause) {
    await connection.close();
    throw cause;
  }
  const notifications = postgresNotifications(context, settings);
  const columns = `select key, value, version, metadata::text from ${table}`;
  const all = { name: 'configuration-all', text: columns };
  const some = { name: 'configuration-some', text: `${columns} where key = any(select jsonb_array_elements_text($1))` };

  return {
    async get(_call, { keys }) {
      const rows = await (keys.length === 0 ? connection.run(all, []) : connection.run(some, [JSON.stringify(keys)]));
      const latest = new Map<string, ConfigurationItem>();
      for (const [key, value, version, metadata] of rows) {
        if (key == null) continue;
        const previous = latest.get(key);
        if (previous && numberOf(previous.version) >= numberOf(version ?? '')) continue;
        latest.set(key, { value: value ?? '', version: version ?? '', metadata: metadataOf(metadata ?? null) });
      }
      return latest;
    },

    async watch(_call, { keys, metadata }, listener) {
      const watchedKeys = new Set(keys);
      const stop = await notifications.listen(channelOf(context, table, metadata), {
        received(payload) {
          const change = changeOf(payload);
          if (change && (watchedKeys.size === 0 || watchedKeys.has(change.key)))
            listener.changed(change.key, change.item);
          else if (!change)
            context.log.warn({ component: context.name }, 'notification without a row in `data` ignored');
        },
        resumed: () => listener.resumed(),
      });
      return { close: stop };
    },

    async close() {
      await notifications.close();
      await connection.close();
    },
  };
};

/** Versions that are not numbers sort before all numbers. */
function numberOf(version: string): number {
  return /^[+-]?\d+$/.test(version) ? Number(version) : -1;
}

function tableOf(context: ComponentContext): string {
  const table = settingsReader(context).required('table', 'set it to the name of the configuration table');
  return plainName(context.name, 'table', table);
}

/** The channel of the component, else the one in the subscription's metadata, as upstream. */
function channelOf(context: ComponentContext, table: string, metadata: Readonly<Record<string, string>>): string {
  const read = settingsReader(context);
  const requested = Object.entries(metadata).find(([key]) => key.toLowerCase() === 'pgnotifychannel')?.[1];
  const channel = read.text(read.nameOf('notifyChannel', 'pgNotifyChannel'), requested);
  if (channel === '')
    throw new TypeError(
      `unable to subscribe to "${table}". notifyChannel must be set in component metadata or request metadata`,
    );
  return plainName(context.name, 'notifyChannel', channel);
}

/** Names are inserted into statements unquoted, so only names that need no quotes are accepted. */
function plainName(component: string, entry: string, name: string): string {
  if (name.length <= 64 && /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/.test(name)) return name;
  const expected = 'a name with a-z, 0-9 and _ only and at most 64 characters';
  throw componentSettingInvalid(component, `${entry} is '${name}', it should be ${expected}`);
}

/** Undefined when the payload does not have the expected form. Column names are compared case-insensitively. */
function changeOf(payload: string): { readonly key: string; readonly item: ConfigurationItem } | undefined {
  const row = recordOf(recordOf(parsed(payload))?.['data']);
  if (!row) return undefined;
  const fields = new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
  const key = textIn(fields.get('key'));
  if (key === '') return undefined;
  const metadata = stringsOf(fields.get('metadata'));
  return { key, item: { value: textIn(fields.get('value')), version: textIn(fields.get('version')), metadata } };
}

function metadataOf(json: string | null): Readonly<Record<string, string>> {
  return json === null ? {} : stringsOf(parsed(json));
}

function stringsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(recordOf(value) ?? {}).map(([name, text]) => [name, textIn(text)]));
}

function textIn(value: unknown): string {
  if (value == null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
