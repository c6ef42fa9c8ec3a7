import { pubsubMetadataInvalid } from './errors.ts';

/** True for what Go's ParseBool takes as true. Throws `pubsubMetadataInvalid` for what is neither true nor false. */
export function flagOf(pubsubName: string, metadata: Readonly<Record<string, string>>, name: string): boolean {
  const value = valueOf(metadata, name);
  if (value === undefined || value === '') return false;
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw pubsubMetadataInvalid(pubsubName, `${name} value must be a valid boolean: actual is '${value}'`, {
    [name]: value,
  });
}

/** Undefined when absent, and as upstream when it is no positive whole number. */
export function ttlSecondsOf(metadata: Readonly<Record<string, string>>): number | undefined {
  const value = valueOf(metadata, 'ttlInSeconds');
  if (value === undefined || !/^\d{1,9}$/.test(value)) return undefined;
  const seconds = Number(value);
  return seconds > 0 ? seconds : undefined;
}

/** Metadata becomes header lines at brokers and at the app: what cannot be one is refused before anything is sent. */
export function refuseUnsendable(pubsubName: string, metadata: Readonly<Record<string, string>>): void {
  for (const name in metadata) {
    const value = metadata[name] ?? '';
    if (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && !hasControl(value)) continue;
    throw pubsubMetadataInvalid(pubsubName, `metadata ${JSON.stringify(name)} cannot be sent as a header`, {});
  }
}

function hasControl(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 32 && code !== 9) || code === 127) return true;
  }
  return false;
}

function valueOf(metadata: Readonly<Record<string, string>>, name: string): string | undefined {
  const exact = metadata[name];
  if (exact !== undefined) return exact;
  const lower = name.toLowerCase();
  for (const candidate in metadata) if (candidate.toLowerCase() === lower) return metadata[candidate];
  return undefined;
}
