import type { SecretScope } from '#core/resource.ts';

/** Whether the app may read a secret. A store without a scope is open. */
export function maySecretBeRead(scopes: readonly SecretScope[], store: string, name: string): boolean {
  const scope = scopes.find(({ storeName }) => storeName === store);
  if (!scope) return true;
  if (scope.deniedSecrets.includes(name)) return false;
  if (scope.allowedSecrets.length > 0) return scope.allowedSecrets.includes(name);
  return scope.defaultAccess === 'allow';
}
