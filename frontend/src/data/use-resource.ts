import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { Entry, Load } from './resource-cache.ts';
import { useShop } from './shop.ts';

export interface Resource<T> extends Entry<T> {
  readonly refresh: () => void;
}

/** Reads a resource by key: fetches it when it is first shown, and at intervals of `pollMs` when given. */
export const useResource = <T>(key: string, load: Load<T>, pollMs?: number): Resource<T> => {
  const { cache } = useShop();
  const subscribe = useCallback((listener: () => void) => cache.subscribe(key, listener), [cache, key]);
  const entry = useSyncExternalStore(subscribe, () => cache.read(key)) as Entry<T>;
  // After subscribing, because a request without subscribers is aborted.
  useEffect(() => {
    cache.ensure(key, load);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key identifies everything that `load` depends on
  }, [cache, key]);
  useEffect(() => {
    if (pollMs === undefined) return undefined;
    const poll = setInterval(() => cache.poll(key), pollMs);
    return () => clearInterval(poll);
  }, [cache, key, pollMs]);
  const refresh = useCallback(() => cache.refresh(key), [cache, key]);
  return { ...entry, refresh };
};
