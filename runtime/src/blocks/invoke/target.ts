import { targetInvalid } from './errors.ts';

export type Target =
  /** `namespace` is empty when the caller named none. */
  | { readonly kind: 'app'; readonly appId: string; readonly namespace: string }
  /** An external server: `origin` such as `https://example.com:8443`, `basePath` empty or beginning with `/`. */
  | { readonly kind: 'external'; readonly origin: string; readonly basePath: string };

/** `{appid}`, `{appid}.{namespace}` or a URL. Throws `targetInvalid`. */
export function parseTarget(target: string): Target {
  if (target.startsWith('http://') || target.startsWith('https://')) {
    const url = URL.parse(target);
    if (!url) throw targetInvalid(target);
    return { kind: 'external', origin: url.origin, basePath: url.pathname.replace(/\/+$/, '') };
  }
  const dot = target.indexOf('.');
  if (dot < 0 && target !== '') return { kind: 'app', appId: target, namespace: '' };
  const appId = target.slice(0, dot);
  const namespace = target.slice(dot + 1);
  if (!appId || !namespace || namespace.includes('.')) throw targetInvalid(target);
  return { kind: 'app', appId, namespace };
}
