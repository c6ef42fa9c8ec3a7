/** Stands between the parts of a stored key, so no part may contain it. */
export const keySeparator = '||';

/**
 * What the stored key has before the user's key. `strategy` is the component's `keyPrefix`: `appid` (also when left out),
 * `name`, `namespace`, `none`, or any other text, which is then the prefix itself.
 */
export function keyPrefix(
  strategy: string | undefined,
  owner: { appId: string; namespace: string; storeName: string },
): string {
  switch (strategy?.toLowerCase()) {
    case undefined:
    case '':
    case 'appid':
      return owner.appId + keySeparator;
    case 'name':
      return owner.storeName + keySeparator;
    case 'namespace':
      return (owner.namespace === '' ? owner.appId : `${owner.namespace}.${owner.appId}`) + keySeparator;
    case 'none':
      return '';
    default:
      return strategy + keySeparator;
  }
}
