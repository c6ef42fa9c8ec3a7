/** Separates the parts of a stored key, so no part may contain it. */
export const keySeparator = '||';

/**
 * The prefix of a stored key. `strategy` is the component's `keyPrefix`: `appid` (also when absent), `name`,
 * `namespace`, `none`, or any other text, which is then the prefix itself, in lower case. Throws TypeError when it
 * contains the separator.
 */
export function keyPrefix(
  strategy: string | undefined,
  owner: { appId: string; namespace: string; storeName: string },
): string {
  const lower = strategy?.toLowerCase();
  if (lower?.includes(keySeparator))
    throw new TypeError(
      `input key/keyPrefix '${lower}' can't contain '${keySeparator}'; change keyPrefix of ${owner.storeName}`,
    );
  switch (lower) {
    case undefined:
    case 'appid':
      return owner.appId + keySeparator;
    case 'name':
      return owner.storeName + keySeparator;
    case 'namespace':
      return (owner.namespace === '' ? owner.appId : `${owner.namespace}.${owner.appId}`) + keySeparator;
    case 'none':
      return '';
    default:
      return lower + keySeparator;
  }
}
