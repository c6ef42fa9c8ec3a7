import { anyVerb, httpSurface } from '../../surface.ts';
import type { ApiRule, ApiRules } from '../../surface.ts';

/** Whether the API rules allow a route. A denied one is treated like an unknown path. Denials take precedence. */
export function isRouteOpen(rules: ApiRules, verb: string, path: string): boolean {
  const shape = pathShape(path);
  const row = httpSurface.find(
    (candidate) =>
      pathShape(candidate.path) === shape && (candidate.verbs === anyVerb || candidate.verbs.includes(verb)),
  );
  if (!row || row.group === 'healthz') return true;
  const covers = (rule: ApiRule): boolean => {
    if (rule.protocol !== '' && rule.protocol !== 'http') return false;
    if (rule.name === row.group && versionOf(rule) === row.version) return true;
    return path.startsWith(`/${rule.version}/${rule.name}`);
  };
  if (rules.denied.some(covers)) return false;
  return rules.allowed.every((rule) => rule.protocol === 'grpc') || rules.allowed.some(covers);
}

/** A route's path without the names of its parameters. */
export function pathShape(path: string): string {
  return path.replace(/:\w+/g, ':');
}

/** `v1.0-alpha1` and `v1alpha1` are the same version. */
function versionOf(rule: ApiRule): string {
  return rule.version.replace(/^v1\.0-?/, 'v1');
}
