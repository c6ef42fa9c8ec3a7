import { parseGoDuration } from '#core/duration.ts';
import { pubsubMetadataInvalid } from './errors.ts';

/** True for what Go's ParseBool parses as true. Throws `pubsubMetadataInvalid` for an invalid value. */
export function flagOf(pubsubName: string, metadata: Readonly<Record<string, string>>, name: string): boolean {
  const value = valueOf(metadata, name);
  if (value === undefined || value === '') return false;
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw pubsubMetadataInvalid(pubsubName, `${name} value must be a valid boolean: actual is '${value}'`, {
    [name]: value,
  });
}

/** Upper bound that is still a valid date. */
const maxMs = 100 * 365 * 86_400_000;

/**
 * The time to live of an event: a Go duration, where `0` and negative values expire at once, or seconds. Undefined when
 * absent, and as upstream when it is neither.
 */
export function ttlMsOf(metadata: Readonly<Record<string, string>>): number | undefined {
  const value = valueOf(metadata, 'ttl') || valueOf(metadata, 'ttlInSeconds');
  if (!value) return undefined;
  const duration = parseGoDuration(value);
  if (duration !== undefined) return Math.min(Math.max(duration, 0), maxMs);
  if (!/^\+?\d+$/.test(value) || Number(value) === 0) return undefined;
  return Math.min(Number(value) * 1000, maxMs);
}

function valueOf(metadata: Readonly<Record<string, string>>, name: string): string | undefined {
  const exact = metadata[name];
  if (exact !== undefined) return exact;
  const lower = name.toLowerCase();
  for (const candidate in metadata) if (candidate.toLowerCase() === lower) return metadata[candidate];
  return undefined;
}
