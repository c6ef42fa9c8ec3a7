import { readFile } from 'node:fs/promises';
import { type SettingsReader, settingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';
import { withCause } from '#core/errors.ts';

export interface HttpSettings {
  readonly url: string;
  readonly errorIfNot2xx: boolean;
  /** Sent with every request. */
  readonly token: { readonly name: string; readonly value: string } | undefined;
  /** Undefined: no limit but the caller's. */
  readonly responseTimeoutMs: number | undefined;
  /** Undefined: no limit. */
  readonly maxResponseBytes: number | undefined;
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

const defaultMaxBytes = 100 << 20;

/** Reads the metadata of `bindings.http`. Throws `componentSettingInvalid`. */
export async function readHttpSettings(context: Pick<ComponentContext, 'metadata' | 'name'>): Promise<HttpSettings> {
  const read = settingsReader(context);
  const [value, name] = [read.secret('securityToken'), read.text('securityTokenHeader')];
  const settings = {
    url: read.httpUrl('url'),
    errorIfNot2xx: read.text('errorIfNot2XX') === '' || read.isTruthy('errorIfNot2XX'),
    token: value && name ? { name, value } : undefined,
    responseTimeoutMs: read.duration('responseTimeout', { min: Number.MIN_VALUE }),
    maxResponseBytes: byteLimit(read, 'maxResponseBodySize'),
  };
  const [ca, cert, key] = await Promise.all(
    ['MTLSRootCA', 'MTLSClientCert', 'MTLSClientKey'].map((entry) => pem(read, entry)),
  );
  return { ...settings, tls: { ...(ca ? { ca } : {}), ...(cert && key ? { cert, key } : {}) } };
}

/** PEM text, or the path of a file with it. */
async function pem(read: SettingsReader, entry: string): Promise<string> {
  const text = read.secret(entry);
  if (text === '' || text.includes('-----BEGIN')) return text;
  try {
    return await readFile(text, 'utf8');
  } catch (cause) {
    throw withCause(read.invalid(entry, 'PEM text or the path of a readable file'), cause);
  }
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 1 << 10,
  mi: 1 << 20,
  gi: 1 << 30,
};

function byteLimit(read: SettingsReader, entry: string): number | undefined {
  const text = read.text(entry).trim();
  if (text === '') return defaultMaxBytes;
  const match = /^(-?\d+(?:\.\d+)?)\s*([kmg]i?)?b?$/i.exec(text);
  const unit = units[(match?.[2] ?? '').toLowerCase()];
  if (!match?.[1] || unit === undefined) throw read.invalid(entry, 'a size such as 10Mi');
  const bytes = Math.floor(Number(match[1]) * unit);
  return bytes > 0 ? bytes : undefined;
}
