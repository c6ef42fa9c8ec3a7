import type { Call } from '#core/call.ts';

/** Key wrap algorithms of Dapr's format. */
export type KeyWrapAlgorithm = 'A256KW' | 'RSA-OAEP-256';

/** Keys that never leave the vault: it wraps and unwraps other keys with them. */
export interface KeyVault {
  /** Rejects with an Error that gives the reason: no such key, or one of another kind. */
  wrap(call: Call, keyName: string, algorithm: KeyWrapAlgorithm, key: Uint8Array): Promise<Uint8Array>;
  /** Rejects as `wrap`, and when the wrapped key does not fit. */
  unwrap(call: Call, keyName: string, algorithm: KeyWrapAlgorithm, wrapped: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}
