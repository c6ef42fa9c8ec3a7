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

/** Reads what upstream's component reads; keys are in lower case. Throws an Error with the reason when an entry is invalid. */
export function etcdSettings({ metadata }: ComponentContext): EtcdSettings {
  const { ca = '', cert = '', key = '' } = metadata;
  const isSecure = /^(y|yes|true|t|on|1)$/i.test(metadata['tlsenable'] ?? '');
  if (isSecure && (ca === '' || cert === '' || key === ''))
    throw new TypeError('tls authentication information is incomplete: tlsEnable needs ca, cert and key, as PEM');
  const endpoints = (metadata['endpoints'] ?? '')
    .split(',')
    .map((endpoint) => endpoint.trim())
    .filter((endpoint) => endpoint !== '')
    .map((endpoint) => urlOf(endpoint, isSecure));
  if (endpoints.length === 0) throw new TypeError('endpoints required, such as localhost:2379');
  const maxOperations = Number(metadata['maxtxnops'] || 128);
  if (!Number.isInteger(maxOperations) || maxOperations < 1) throw new TypeError('maxTxnOps is not an integer');
  return {
    endpoints,
    keyPrefix: metadata['keyprefixpath'] ?? '',
    maxOperations,
    tls: isSecure ? { ca, cert, key } : undefined,
  };
}

function urlOf(endpoint: string, isSecure: boolean): string {
  const bare = endpoint.replace(/^https?:\/\//, '');
  const url = URL.parse(`${isSecure ? 'https' : 'http'}://${bare}`);
  if (!url || url.host === '') throw new TypeError(`endpoint ${endpoint} is not of the form host:port`);
  return url.origin;
}
