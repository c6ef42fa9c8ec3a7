import type { AccessAction, AccessRules, CallerRules, OperationRule } from '#core/access-rules.ts';
import { accessDenied } from './errors.ts';

/** The caller as identified by its certificate. */
export interface CallerIdentity {
  readonly appId: string;
  readonly namespace: string;
  readonly trustDomain: string;
}

export interface AccessRequest {
  /** Undefined without a certificate: then only the global default applies. */
  readonly caller?: CallerIdentity | undefined;
  /** The method's path as the app will see it. */
  readonly path: string;
  /** Undefined for gRPC methods, which have none. */
  readonly verb?: string;
}

/** The decision and its source: the policy of the caller's app, or the global default. */
export interface AccessDecision {
  readonly isAllowed: boolean;
  readonly decidedBy: 'app' | 'global';
  readonly caller: CallerIdentity | undefined;
}

export interface AccessListOptions {
  readonly isHttp: boolean;
  readonly onDecision?: ((decision: AccessDecision) => void) | undefined;
}

/** Throws `accessDenied` when the caller may not make this request. */
export type AccessList = (request: AccessRequest) => void;

/** Rules about which apps may call the app of this sidecar. Names of HTTP methods are compared case-insensitively. */
export function accessList(rules: AccessRules, { isHttp, onDecision }: AccessListOptions): AccessList {
  const callers = new Map(
    rules.callers.map((caller) => [callerKey(caller), { caller, operations: trieOf(caller.operations, isHttp) }]),
  );
  const policyFor = ({ caller }: AccessRequest) => {
    const match = caller && callers.get(callerKey(caller));
    return match?.caller.trustDomain === caller?.trustDomain ? match : undefined;
  };
  const actionOf = (
    { caller, operations }: NonNullable<ReturnType<typeof policyFor>>,
    { path, verb }: AccessRequest,
  ): AccessAction => {
    const action = caller.defaultAction ?? rules.defaultAction;
    const rule = find(operations, isHttp ? path.toLowerCase() : path);
    if (!rule || !isHttp || verb === undefined) return rule?.action ?? action;
    return rule.verbs.includes(verb) || rule.verbs.includes('*') ? rule.action : action;
  };
  return (request) => {
    const policy = policyFor(request);
    const isAllowed = (policy ? actionOf(policy, request) : rules.defaultAction) !== 'deny';
    onDecision?.({ isAllowed, decidedBy: policy ? 'app' : 'global', caller: request.caller });
    if (!isAllowed) throw accessDenied(named(request.caller), request.path, request.verb ?? 'NONE');
  };
}

function callerKey({ appId, namespace }: Pick<CallerRules, 'appId' | 'namespace'>): string {
  return `${appId}||${namespace}`;
}

function named(caller: CallerIdentity | undefined): string {
  return caller ? `spiffe://${caller.trustDomain}/ns/${caller.namespace}/${caller.appId}` : '';
}

interface Segment {
  readonly name: string;
  readonly pattern: RegExp | undefined;
  readonly next: Segment[];
  rule: OperationRule | undefined;
}

/** Paths as a tree of segments. Of two rules for one path the first applies. */
function trieOf(rules: readonly OperationRule[], isHttp: boolean): readonly Segment[] {
  const roots: Segment[] = [];
  for (const rule of rules) {
    let level = roots;
    let at: Segment | undefined;
    for (const name of segmentsOf(isHttp ? rule.name.toLowerCase() : rule.name)) {
      at = level.find((segment) => segment.name === name);
      if (!at) {
        at = { name, pattern: patternOf(name), next: [], rule: undefined };
        level.push(at);
      }
      level = at.next;
    }
    if (at) at.rule ??= rule;
  }
  return roots;
}

/** A rule for a path covers everything below it; one that ends in `/*` covers exactly one more segment. */
function find(roots: readonly Segment[], path: string): OperationRule | undefined {
  const names = segmentsOf(path);
  let level = roots;
  for (const [i, name] of names.entries()) {
    const isLast = i === names.length - 1;
    const at = child(level, name, isLast);
    if (!at) return undefined;
    if (at.rule && (isLast || at.name !== '*')) return at.rule;
    if (isLast) return child(at.next, '*', isLast)?.rule;
    level = at.next;
  }
  return undefined;
}

function child(level: readonly Segment[], name: string, isLast: boolean): Segment | undefined {
  return level.find((segment) => {
    if (segment.name === name || segment.name === '**') return true;
    return segment.name === '*' ? isLast : segment.pattern?.test(name) === true;
  });
}

function segmentsOf(path: string): readonly string[] {
  return (path.startsWith('/') ? path.slice(1) : path).split('/');
}

/** Patterns such as `order*`. */
function patternOf(name: string): RegExp | undefined {
  if (!name.includes('*')) return undefined;
  const escaped = name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`);
}
