import type { NameResolver } from '#blocks/invoke/peers.ts';
import { nameformatInvalid } from './errors.ts';

export interface NameformatOptions {
  /** Such as `{appid}-sidecar.internal:50002`. */
  readonly format: string;
  /** Taken when the format names no port. */
  readonly defaultPort: number;
}

const placeholder = '{appid}';

/** Names made by rule, for networks with a DNS of their own. The namespace plays no part. */
export function nameformatNames({ format, defaultPort }: NameformatOptions): NameResolver {
  if (!format.includes(placeholder)) throw nameformatInvalid(format);
  const withPort = /:\d+$/.test(format) ? format : `${format}:${defaultPort}`;
  return {
    resolve: (_call, appId) => Promise.resolve(withPort.replaceAll(placeholder, appId)),
    forget() {},
    close: () => Promise.resolve(),
  };
}
