import type { SourceLocation } from './resource.ts';

/** A literal text, or a reference to a secret. */
export type SecretText = string | { readonly secretName: string; readonly secretKey: string };

/** An HTTPEndpoint resource: an external server that apps call by name. */
export interface EndpointResource {
  readonly name: string;
  readonly baseUrl: string;
  /** Sent with every request, after the caller's own. */
  readonly headers: readonly { readonly name: string; readonly value: SecretText; readonly location: SourceLocation }[];
  /** PEM texts. */
  readonly tls?: {
    readonly rootCertificate?: SecretText;
    readonly certificate?: SecretText;
    readonly privateKey?: SecretText;
  };
  /** The secret store; empty when the file names none. */
  readonly secretStore: string;
  readonly location: SourceLocation;
}
