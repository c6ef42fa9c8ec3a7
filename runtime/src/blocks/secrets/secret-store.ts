import type { Call } from '#core/call.ts';

/**
 * What the secrets block needs from a vendor. A secret is a small map, as some vendors store several values under one
 * name.
 */
export interface SecretStore {
  readonly features: readonly 'MULTIPLE_KEY_VALUES_PER_SECRET'[];
  /** Undefined when there is no such secret. */
  get(call: Call, name: string): Promise<Readonly<Record<string, string>> | undefined>;
  getAll(call: Call): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
  close(): Promise<void>;
}
