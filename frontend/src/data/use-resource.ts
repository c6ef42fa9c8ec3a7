import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { Entry, Load } from './resource-cache.ts';
import { useShop } from './shop.ts';

export interface Resource<T> extends Entry<T> {
  readonly refresh: () => void;
}

/** A resource by key, fetched when it is first shown and kept fresh; `pollMs` looks again at intervals as well. */
export const useResource = <T>(key: string, load: Load<T>, pollMs?: number): Resource<T> => {
  const { cache } = useShop();
  const subscribe = useCallback((listener: () => void) => cache.subscribe(key, listener), [cache, key]);
  const entry = useSyncExternalStore(subscribe, () => cache.read(key)) as Entry<T>;
  // After subscribing, or the request would belong to nobody; with every render, since `load` closes over its arguments.
  useEffect(() => {
    cache.ensure(key, load);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key says all that `load` depends on
  }, [cache, key]);
  useEffect(() => {
    if (pollMs === undefined) return undefined;
    const poll = setInterval(() => cache.poll(key), pollMs);
    return () => clearInterval(poll);
  }, [cache, key, pollMs]);
  const refresh = useCallback(() => cache.refresh(key), [cache, key]);
  return { ...entry, refresh };
};
