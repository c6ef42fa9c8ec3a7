import type { DefaultError, QueryKey, UseQueryOptions } from '@tanstack/react-query';
import { hashKey, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Problem } from '@tidewater/contracts/storefront.ts';
import { useCallback, useState } from 'react';
import { isTransient, problemOf } from './problem-error.ts';
import { refetchNow } from './query-client.ts';

export interface ServerQuery<T> {
  readonly data: T | undefined;
  /** Why the last request failed; data of an earlier one stays. */
  readonly problem: Problem | undefined;
  /** The problem is transient and the request is retried automatically. */
  readonly willRetry: boolean;
  readonly isFetching: boolean;
  /** `data` belongs to the previous query; see `placeholderData`. */
  readonly isPlaceholderData: boolean;
  readonly refresh: () => void;
}

/** TanStack's `useQuery`, which reports a problem from the first failure on instead of after the last retry. */
export const useServerQuery = <T, Data, Key extends QueryKey>(
  options: UseQueryOptions<T, DefaultError, Data, Key>,
): ServerQuery<Data> => {
  const client = useQueryClient();
  const { data, failureReason, fetchStatus, isPlaceholderData } = useQuery(options);
  const hash = hashKey(options.queryKey);
  const [last, setLast] = useState<{ readonly hash: string; readonly failure: Error | null }>({ hash, failure: null });
  // A new attempt does not clear the problem before its outcome is known.
  const failure = failureReason ?? (fetchStatus !== 'idle' && last.hash === hash ? last.failure : null);
  if (last.hash !== hash || last.failure !== failure) setLast({ hash, failure });
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the hash stands for the key
  const refresh = useCallback(() => refetchNow(client, options.queryKey), [client, hash]);
  return {
    data,
    problem: failure === null ? undefined : problemOf(failure),
    willRetry: fetchStatus !== 'idle' && isTransient(failure),
    isFetching: fetchStatus === 'fetching',
    isPlaceholderData,
    refresh,
  };
};
