import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { component } from '../harness/component.ts';
import type { TestServers } from '../harness/test-servers.ts';

/**
 * The components of one program, on real servers and with a separate database, so that programs do not affect each other.
 * Those named `redis-…` exist only with a Redis; `README.md` describes each.
 */
export async function resourcesFor(appId: string, servers: TestServers, home: string): Promise<readonly string[]> {
  const connectionString = await databaseWithSettings(servers.postgresUrl, appId.replaceAll('-', '_'));
  const [files, keys, secretsFile] = [join(home, 'files'), join(home, 'keys'), join(home, 'secrets.json')];
  mkdirSync(files);
  makeKeys(keys);
  writeFileSync(secretsFile, JSON.stringify({ colour: 'teal', database: { user: 'ada', password: 'lovelace' } }));
  const redisHost = servers.redisUrl && new URL(servers.redisUrl).host;
  return [
    component('statestore', 'state.postgresql/v2', { connectionString, actorStateStore: 'true' }),
    component('querystore', 'state.postgresql/v1', { connectionString, tableName: 'queried' }),
    component('pubsub', 'pubsub.jetstream/v1', { natsURL: servers.natsUrl, deliverPolicy: 'new' }),
    component('settings', 'configuration.postgresql/v1', { connectionString, table: 'settings' }),
    component('secrets', 'secretstores.local.file/v1', { secretsFile }),
    component('keys', 'crypto.dapr.localstorage/v1', { path: keys }),
    component('database', 'bindings.postgresql/v1', { connectionString }),
    component('files', 'bindings.localstorage/v1', { rootPath: files }),
    component('ticks', 'bindings.cron/v1', { schedule: '@every 1s' }),
    component('echo', 'conversation.echo/v1', {}),
    ...(redisHost
      ? [
          component('locks', 'lock.redis/v1', { redisHost }),
          component('redis-state', 'state.redis/v1', { redisHost }),
          // By default it does not redeliver messages that the app rejects with RETRY.
          component('redis-pubsub', 'pubsub.redis/v1', { redisHost, redeliverRefused: 'true' }),
          component('redis-settings', 'configuration.redis/v1', { redisHost }),
          component('redis-data', 'bindings.redis/v1', { redisHost }),
        ]
      : [component('locks', 'lock.postgresql/v1', { connectionString })]),
  ];
}

/** `aes`, 32 bytes, and `rsa.pem`, a pair of 2,048 bits. */
function makeKeys(folder: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'aes'), randomBytes(32));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'rsa.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

/** A database with the table of settings, which notifies the channel `settings` of changes. */
async function databaseWithSettings(serverUrl: string, name: string): Promise<string> {
  const url = new URL(serverUrl);
  await query(serverUrl, `create database ${name}`);
  url.pathname = `/${name}`;
  await query(
    url.href,
    `create table settings (key text not null, value text not null, version text not null, metadata json);
     insert into settings values ('greeting', 'hello', '1', '{"lang":"en"}'), ('limit', '10', '1', '{}');
     create function notify_settings() returns trigger as $$
     begin
       perform pg_notify('settings', json_build_object('data', row_to_json(new))::text);
       return null;
     end $$ language plpgsql;
     create trigger notify_settings after insert or update on settings for each row execute procedure notify_settings()`,
  );
  return url.href;
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
