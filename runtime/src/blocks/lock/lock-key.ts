const separator = '||';

/**
 * The stored key of a lock: `lock||<app id>||<resource>`. `strategy` is the component's `keyPrefix`: `appid` (also when
 * absent), `name`, `none`, or any other text, which then replaces the app id, in lower case. Throws TypeError when the
 * resource or the strategy contains the separator.
 */
export function lockKey(
  resourceId: string,
  strategy: string | undefined,
  owner: { readonly appId: string; readonly storeName: string },
): string {
  const prefix = strategy?.toLowerCase() || 'appid';
  for (const part of [prefix, resourceId])
    if (part.includes(separator)) throw new TypeError(`input key/keyPrefix '${part}' can't contain '${separator}'`);
  switch (prefix) {
    case 'none':
      return `lock||${resourceId}`;
    case 'name':
      return `lock||${owner.storeName}||${resourceId}`;
    case 'appid':
      return owner.appId === '' ? `lock||${resourceId}` : `lock||${owner.appId}||${resourceId}`;
    default:
      return `lock||${prefix}||${resourceId}`;
  }
}
