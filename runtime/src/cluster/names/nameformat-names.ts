import type { NameResolver } from '#blocks/invoke/peers.ts';
import { nameformatInvalid } from './errors.ts';

export interface NameformatOptions {
  /** Such as `{appid}-sidecar.internal:50002`. */
  readonly format: string;
  /** Used when the format names no port. */
  readonly defaultPort: number;
}

const placeholder = '{appid}';

/** Addresses built from a format, for networks with their own DNS. The namespace is ignored. */
export function nameformatNames({ format, defaultPort }: NameformatOptions): NameResolver {
  if (!format.includes(placeholder)) throw nameformatInvalid(format);
  const withPort = /:\d+$/.test(format) ? format : `${format}:${defaultPort}`;
  return {
    resolve: (_call, appId) => Promise.resolve(withPort.replaceAll(placeholder, appId)),
    forget() {},
    close: () => Promise.resolve(),
  };
}
