/** A source location for messages: `components/pubsub.yaml:12`. */
export type SourceLocation = string;

/** One entry of a component's metadata. Environment references and templates are already resolved, secrets are not. */
export interface MetadataEntry {
  readonly name: string;
  readonly value: string | { readonly secretName: string; readonly secretKey: string };
  readonly location: SourceLocation;
}

/** A Component resource as it was written. */
export interface ComponentResource {
  readonly name: string;
  /** Lower case, such as `state.postgresql`. */
  readonly type: string;
  /** Lower case; `v1` when the file has none or `v0`, which mean the same. */
  readonly version: string;
  readonly metadata: readonly MetadataEntry[];
  /** A value used the template `{namespace}`. */
  readonly isNamespaced: boolean;
  readonly ignoreErrors: boolean;
  readonly initTimeoutMs: number;
  /** The store that `secretKeyRef` entries are read from; empty when the file names none. */
  readonly secretStore: string;
  readonly location: SourceLocation;
}

/** A Subscription resource, v1alpha1 and v2alpha1 in one form: v1's single route is the default. */
export interface SubscriptionResource {
  readonly name: string;
  readonly pubsubname: string;
  readonly topic: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly deadLetterTopic?: string;
  readonly rules: readonly { readonly match: string; readonly path: string }[];
  readonly defaultRoute?: string;
  readonly bulkSubscribe?: {
    readonly enabled: boolean;
    readonly maxMessagesCount?: number;
    readonly maxAwaitDurationMs?: number;
  };
  readonly location: SourceLocation;
}

/**
 * Which secrets of one store the app may read: denied names first, then only the allowed ones if any, then the default.
 */
export interface SecretScope {
  readonly storeName: string;
  readonly defaultAccess: 'allow' | 'deny';
  readonly allowedSecrets: readonly string[];
  readonly deniedSecrets: readonly string[];
}
