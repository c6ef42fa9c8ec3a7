import { isIP } from 'node:net';
import { apps as knownApps } from '@tidewater/contracts/apps.ts';
import { ConfigurationError } from '@tidewater/kit/service-context.ts';
import type { Environment } from '@tidewater/kit/service-context.ts';

export interface Settings {
  /** Signs the session cookies. */
  readonly sessionSecret: string;
  readonly providerUrl: string;
  readonly publishableKey: string;
  readonly frontendDir?: string;
  /** For fastify: whose `x-forwarded-*` headers count. */
  readonly trustProxy: boolean | string;
  /** Multiplies every limit on requests, streams and connections. */
  readonly limitFactor: number;
  /** The apps whose sidecars the inside view reads. */
  readonly apps: readonly string[];
}

/** Throws with the variable's name and the fix. */
export function readSettings(env: Environment): Settings {
  return {
    sessionSecret: sessionSecretIn(env),
    providerUrl: providerUrlIn(env),
    publishableKey: env.required('PROVIDER_PUBLISHABLE_KEY'),
    frontendDir: env.optional('FRONTEND_DIR'),
    trustProxy: trustProxyIn(env),
    limitFactor: limitFactorIn(env),
    apps: appsIn(env),
  };
}

const minSecretLength = 16;

function sessionSecretIn(env: Environment): string {
  const secret = env.optional('SESSION_SECRET')?.trim() ?? '';
  if (secret.length >= minSecretLength) return secret;
  if (secret !== '')
    throw new ConfigurationError(
      `SESSION_SECRET has ${secret.length} characters and can be guessed. Set it to a random text of at least ${minSecretLength}, or unset it and run npm start, which makes one.`,
    );
  throw new ConfigurationError(
    'SESSION_SECRET is not set. Set it to a long random text that stays the same from start to start, or run npm start, which makes one.',
  );
}

function providerUrlIn(env: Environment): string {
  const url = env.required('PROVIDER_URL');
  if (URL.canParse(url)) return url;
  throw new ConfigurationError(
    `PROVIDER_URL is ${url}. Set it to the address of the payment provider, such as http://127.0.0.1:7005.`,
  );
}

function trustProxyIn(env: Environment): boolean | string {
  const value = env.optional('TRUST_PROXY')?.trim() ?? '';
  if (value === '' || value === 'false') return false;
  if (value === 'true') return true;
  const addresses = value.split(',').map((part) => part.trim());
  if (addresses.every(isAddressRange)) return addresses.join(',');
  throw new ConfigurationError(
    `TRUST_PROXY is ${value}. Set it to true, or to addresses such as 10.0.0.1,10.1.0.0/16.`,
  );
}

/** An address, a range in CIDR notation, or one of the names that fastify knows. */
function isAddressRange(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...surplus] = text.split('/');
  const version = isIP(address);
  if (version === 0 || surplus.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function limitFactorIn(env: Environment): number {
  const text = env.optional('RATE_LIMIT_FACTOR');
  if (text === undefined) return 1;
  const factor = Number(text);
  if (Number.isFinite(factor) && factor > 0 && factor <= 1_000_000) return factor;
  throw new ConfigurationError(
    `RATE_LIMIT_FACTOR is ${text}. Set it to a number above 0, such as 1, or 1000 for load tests.`,
  );
}

function appsIn(env: Environment): readonly string[] {
  const text = env.optional('STORE_APPS');
  if (text === undefined) return knownApps;
  const apps = text.split(',').map((app) => app.trim());
  if (apps.every((app) => /^[\w.-]{1,64}$/.test(app))) return apps;
  throw new ConfigurationError(
    `STORE_APPS is ${text}. Set it to app ids with commas between, such as ${knownApps.join(',')}.`,
  );
}
