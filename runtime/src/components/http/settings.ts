import { readFile } from 'node:fs/promises';
import type { ComponentContext } from '#core/component.ts';
import { parseGoDuration } from '#core/duration.ts';
import { textOf } from '#core/errors.ts';

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

/** Reads the metadata of `bindings.http`. Throws an Error that names the entry. */
export async function readHttpSettings({ metadata }: ComponentContext): Promise<HttpSettings> {
  const url = metadata['url'] ?? '';
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new TypeError('url is missing or is no http:// or https:// address');
  const timeout = metadata['responsetimeout'] ?? '';
  const responseTimeoutMs = timeout === '' ? undefined : parseGoDuration(timeout);
  if (timeout !== '' && !responseTimeoutMs)
    throw new TypeError(`responseTimeout ${timeout} is no duration such as 10s`);
  const { securitytoken: value, securitytokenheader: name } = metadata;
  const [ca, cert, key] = await Promise.all(
    ['mtlsrootca', 'mtlsclientcert', 'mtlsclientkey'].map((entry) => pem(entry, metadata[entry])),
  );
  return {
    url,
    errorIfNot2xx: metadata['errorifnot2xx'] ? isTruthy(metadata['errorifnot2xx']) : true,
    token: value && name ? { name, value } : undefined,
    responseTimeoutMs,
    maxResponseBytes: byteLimit(metadata['maxresponsebodysize'] ?? ''),
    tls: { ...(ca ? { ca } : {}), ...(cert && key ? { cert, key } : {}) },
  };
}

export function isTruthy(text: string): boolean {
  return ['y', 'yes', 'true', 't', 'on', '1'].includes(text.trim().toLowerCase());
}

/** PEM text, or the path of a file with it. */
async function pem(entry: string, text: string | undefined): Promise<string | undefined> {
  if (!text || text.includes('-----BEGIN')) return text;
  try {
    return await readFile(text, 'utf8');
  } catch (cause) {
    throw new TypeError(`${entry} is neither PEM text nor a file that can be read: ${textOf(cause)}`, { cause });
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

function byteLimit(text: string): number | undefined {
  if (text === '') return defaultMaxBytes;
  const match = /^(-?\d+(?:\.\d+)?)\s*([kmg]i?)?b?$/i.exec(text.trim());
  const unit = units[(match?.[2] ?? '').toLowerCase()];
  if (!match?.[1] || unit === undefined) throw new TypeError(`maxResponseBodySize ${text} is no size such as 10Mi`);
  const bytes = Math.floor(Number(match[1]) * unit);
  return bytes > 0 ? bytes : undefined;
}
