import type { AccessAction, AccessRules, CallerRules, OperationRule } from '#core/access-rules.ts';
import { resourceInvalid } from '../errors.ts';
import type { YamlValue } from './yaml-reader.ts';

/** `spec.accessControl`; undefined when it is empty. Throws `resourceInvalid` with file and line. */
export function accessRulesOf(value: YamlValue | undefined): AccessRules | undefined {
  if (!value) return undefined;
  const defaultAction = actionOf(value.at('defaultAction'));
  const trustDomain = value.at('trustDomain')?.text() ?? '';
  const callers = (value.at('policies')?.items() ?? []).map(callerRules);
  if (defaultAction === undefined && trustDomain === '' && callers.length === 0) return undefined;
  return {
    // listing allowed callers implies that others are denied
    defaultAction: defaultAction ?? (callers.length > 0 ? 'deny' : 'allow'),
    trustDomain: trustDomain || 'public',
    callers,
  };
}

function callerRules(policy: YamlValue): CallerRules {
  const need = (key: string): string => {
    const text = policy.at(key)?.text() ?? '';
    if (text === '') throw resourceInvalid(policy.location, `a policy of accessControl needs ${key}`);
    return text;
  };
  const defaultAction = actionOf(policy.at('defaultAction'));
  return {
    appId: need('appId'),
    namespace: need('namespace'),
    trustDomain: need('trustDomain'),
    ...(defaultAction ? { defaultAction } : {}),
    operations: (policy.at('operations')?.items() ?? []).map(operationRule),
  };
}

function operationRule(operation: YamlValue): OperationRule {
  const name = operation.at('name')?.text() ?? '';
  return {
    name: name.startsWith('/') ? name : `/${name}`,
    verbs: (operation.at('httpVerb')?.items() ?? []).map((verb) => verb.text().toUpperCase()),
    action: actionOf(operation.at('action')) ?? 'deny',
  };
}

/** Anything but `allow` denies, as upstream. */
function actionOf(value: YamlValue | undefined): AccessAction | undefined {
  const text = value?.text().toLowerCase() ?? '';
  if (text === '') return undefined;
  return text === 'allow' ? 'allow' : 'deny';
}
