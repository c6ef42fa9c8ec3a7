export type AccessAction = 'allow' | 'deny';

/** The rule for one operation of an app: by which verbs it may be called. */
export interface OperationRule {
  /** Begins with `/`. `/*` at its end stands for one segment, `/**` for any number of them. */
  readonly name: string;
  /** `*` for all verbs; empty for none. */
  readonly verbs: readonly string[];
  readonly action: AccessAction;
}

/** The rules for one calling app. */
export interface CallerRules {
  readonly appId: string;
  readonly namespace: string;
  readonly trustDomain: string;
  readonly defaultAction?: AccessAction;
  readonly operations: readonly OperationRule[];
}

/** `spec.accessControl` of a configuration. */
export interface AccessRules {
  /** For unknown callers and those that no policy names. */
  readonly defaultAction: AccessAction;
  readonly trustDomain: string;
  readonly callers: readonly CallerRules[];
}
