export type AccessAction = 'allow' | 'deny';

/** What one operation of an app may be asked, and by which verbs. */
export interface OperationRule {
  /** Begins with `/`. `/*` at its end stands for one segment, `/**` for any number of them. */
  readonly name: string;
  /** `*` for all of them; empty names none. */
  readonly verbs: readonly string[];
  readonly action: AccessAction;
}

/** What one calling app may ask. */
export interface CallerRules {
  readonly appId: string;
  readonly namespace: string;
  readonly trustDomain: string;
  readonly defaultAction?: AccessAction;
  readonly operations: readonly OperationRule[];
}

/** `spec.accessControl` of a configuration. */
export interface AccessRules {
  /** For callers that are unknown or that no policy names. */
  readonly defaultAction: AccessAction;
  readonly trustDomain: string;
  readonly callers: readonly CallerRules[];
}
