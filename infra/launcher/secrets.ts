import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../servers/server.ts';
import { writePrivateFile } from './private-file.ts';

/** Secrets that one store has once. Each is also the name of the environment variable that replaces it. */
export const sharedSecretNames = [
  'OUTRIGGER_PEER_SECRET',
  'SESSION_SECRET',
  'STAFF_TOKEN',
  'PROVIDER_SECRET_KEY',
  'PROVIDER_PUBLISHABLE_KEY',
  'PROVIDER_FINGERPRINT_SECRET',
  'NATS_PASSWORD',
] as const;

/** Secrets that each app with a sidecar has separately; a set environment variable gives all apps the same one. */
export const appSecretNames = ['DAPR_API_TOKEN', 'APP_API_TOKEN'] as const;

export type SharedSecrets = Readonly<Record<(typeof sharedSecretNames)[number], string>>;
export type AppSecrets = Readonly<Record<(typeof appSecretNames)[number], string>>;

export interface Secrets {
  readonly shared: SharedSecrets;
  readonly apps: Readonly<Record<string, AppSecrets>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

export const secretsFile = (home: string): string => join(home, 'secrets.json');

/**
 * The secrets of the store whose data is in `home`: created at the first start, and read from then on. Secrets that a later
 * version needs in addition are created and added. Values from the environment (`NAME`, or the path of a file in
 * `NAME_FILE`) are used and never written.
 */
export function loadSecrets(
  home: string,
  appNames: readonly string[],
  env: Environment = process.env,
  random: (bytes: number) => string = (bytes) => randomBytes(bytes).toString('base64url'),
): Secrets {
  const file = secretsFile(home);
  const stored = existsSync(file) ? parseSecrets(file, readFileSync(file, 'utf8')) : { shared: {}, apps: {} };
  const shared = complete(sharedSecretNames, stored.shared, random);
  const apps = Object.fromEntries(
    appNames.map((app) => [app, complete(appSecretNames, stored.apps[app] ?? {}, random)] as const),
  );
  const text = textOf({ shared, apps: { ...stored.apps, ...apps } });
  if (text !== textOf(stored)) writePrivateFile(file, text);
  return {
    shared: override(sharedSecretNames, shared, env),
    apps: Object.fromEntries(appNames.map((app) => [app, override(appSecretNames, apps[app] ?? {}, env)])),
  };
}

/**
 * An environment without the store's secrets: each program gets only the secrets that it needs, also when they are set in
 * the environment of the launcher.
 */
export function withoutSecrets(env: Environment): Record<string, string | undefined> {
  const names = new Set<string>([...sharedSecretNames, ...appSecretNames].flatMap((name) => [name, `${name}_FILE`]));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.has(name)));
}

const textOf = (secrets: StoredSecrets): string => `${JSON.stringify(secrets, undefined, 2)}\n`;

interface StoredSecrets {
  readonly shared: Readonly<Record<string, string>>;
  readonly apps: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

function parseSecrets(file: string, text: string): StoredSecrets {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(file, 'it is not JSON');
  }
  if (!isRecord(value) || !isRecord(value['shared']) || !isRecord(value['apps']))
    throw damaged(file, 'it must hold "shared" and "apps"');
  const groups = [value['shared'], ...Object.values(value['apps'])];
  for (const group of groups) {
    if (!isRecord(group)) throw damaged(file, 'each app must be an object');
    for (const [name, secret] of Object.entries(group))
      if (typeof secret !== 'string' || secret.length < 16)
        throw damaged(file, `${name} must be a text of at least 16 characters`);
  }
  return value as unknown as StoredSecrets;
}

const damaged = (file: string, why: string): StartError =>
  new StartError(
    `${file} is damaged: ${why}.`,
    'Restore it from a backup; or delete it, and the next start makes new secrets (shoppers then begin with new sessions: their carts and orders stay in the database, but are no longer reachable for them).',
  );

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function complete<Name extends string>(
  names: readonly Name[],
  stored: Readonly<Record<string, string>>,
  random: (bytes: number) => string,
): Record<Name, string> {
  const made = Object.fromEntries(names.map((name) => [name, stored[name] ?? random(24)]));
  return { ...stored, ...made } as Record<Name, string>;
}

function override<Name extends string>(
  names: readonly Name[],
  values: Readonly<Partial<Record<Name, string>>>,
  env: Environment,
): Record<Name, string> {
  return Object.fromEntries(
    names.map((name) => [name, env[name] || secretOfFile(name, env[`${name}_FILE`]) || values[name]]),
  ) as Record<Name, string>;
}

function secretOfFile(name: string, file: string | undefined): string | undefined {
  if (!file) return undefined;
  try {
    const secret = readFileSync(file, 'utf8').trim();
    if (secret !== '') return secret;
  } catch (cause) {
    throw new StartError(
      `${name}_FILE cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      `Name a file that this user can read, or unset ${name}_FILE.`,
    );
  }
  throw new StartError(`${name}_FILE=${file} is an empty file.`, `Write the secret into it, or unset ${name}_FILE.`);
}
