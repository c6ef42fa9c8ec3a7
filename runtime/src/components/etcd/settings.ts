import { settingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';

export interface EtcdSettings {
  /** `http://host:port` or `https://host:port`, in the order in which they are tried. */
  readonly endpoints: readonly string[];
  /** In front of every key, before a slash; may be empty. */
  readonly keyPrefix: string;
  /** The server's limit for one transaction (`--max-txn-ops`). */
  readonly maxOperations: number;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | undefined;
}

/** Reads upstream's metadata. Throws `componentSettingInvalid`, or an Error with upstream's text. */
export function etcdSettings(context: ComponentContext): EtcdSettings {
  const read = settingsReader(context);
  const isSecure = read.isTruthy('tlsEnable');
  const [ca, cert, key] = [read.text('ca'), read.text('cert'), read.secret('key')];
  if (isSecure && (ca === '' || cert === '' || key === ''))
    throw new TypeError('tls authentication information is incomplete: tlsEnable needs ca, cert and key, as PEM');
  const endpoints = read
    .text('endpoints')
    .split(',')
    .map((endpoint) => endpoint.trim())
    .filter((endpoint) => endpoint !== '')
    .map((endpoint) => urlOf(endpoint, isSecure));
  if (endpoints.length === 0) throw new TypeError('endpoints required, such as localhost:2379');
  return {
    endpoints,
    keyPrefix: read.text('keyPrefixPath'),
    maxOperations: read.integer('maxTxnOps', 128, { min: 1 }),
    tls: isSecure ? { ca, cert, key } : undefined,
  };
}

function urlOf(endpoint: string, isSecure: boolean): string {
  const bare = endpoint.replace(/^https?:\/\//, '');
  const url = URL.parse(`${isSecure ? 'https' : 'http'}://${bare}`);
  if (!url || url.host === '') throw new TypeError(`endpoint ${endpoint} is not of the form host:port`);
  return url.origin;
}
