import type { QueryKey } from '@tanstack/react-query';
import { QueryClient } from '@tanstack/react-query';
import { isTransient } from './problem-error.ts';
import { retryDelayMs } from './retry-delay.ts';

/** Server data is cached by TanStack Query; transient failures are retried for as long as a page shows the query. */
export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        // An offline device fails at once, so that the page can explain why; `refetchAll` runs when it is online again.
        networkMode: 'always',
        retry: (_failures, error) => isTransient(error),
        retryDelay: (earlierFailures, error) =>
          Math.max(retryDelayMs(earlierFailures + 1), isTransient(error) ? (error.retryAfterSeconds ?? 0) * 1000 : 0),
        staleTime: 5_000,
        gcTime: 60 * 60_000,
        // The live stream refetches when the page becomes visible again.
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
      },
      mutations: { networkMode: 'always' },
    },
  });

/** Refetches one query at once, even when it waits for a retry. */
export const refetchNow = (client: QueryClient, queryKey: QueryKey): void => {
  const filter = { queryKey, exact: true };
  void client.cancelQueries(filter);
  void client.refetchQueries(filter);
};

/** Refetches at once what is shown and waits for a retry. */
export const refetchFailedQueries = (client: QueryClient): void => {
  const waiting = client.getQueryCache().findAll({
    type: 'active',
    predicate: ({ state }) => state.fetchStatus !== 'idle' && state.fetchFailureCount > 0,
  });
  for (const { queryKey } of waiting) refetchNow(client, queryKey);
};

/** Refetches what is shown now, and the rest when it is shown next. */
export const refetchAll = (client: QueryClient): void => {
  refetchFailedQueries(client);
  void client.invalidateQueries();
};

/** Sets data that is newer than any response in flight, whose request is aborted. */
export const setNewerData = <T>(client: QueryClient, queryKey: QueryKey, data: T): void => {
  void client.cancelQueries({ queryKey, exact: true });
  client.setQueryData<T>(queryKey, data);
};
