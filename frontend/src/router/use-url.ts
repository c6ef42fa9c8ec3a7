import { matchRoute, useLocation, useRouter } from 'wouter';
import { useHistoryState, useLocationProperty, useSearch as useRawSearch } from 'wouter/use-browser-location';
import { historyKeyOf } from './page-transitions.ts';
import { routes } from './paths.ts';

export type PageName = keyof typeof routes;
const pageNames = Object.keys(routes) as PageName[];

/** The page of the current URL; undefined when there is none. */
export const usePage = (): PageName | undefined => {
  const { parser } = useRouter();
  const [path] = useLocation();
  return pageNames.find((page) => matchRoute(parser, routes[page], path)[0]);
};

/** The query string without its question mark, not decoded; wouter's own `useSearch` decodes it. */
export const useSearch = (): string => useRawSearch().replace(/^\?/, '');

/** The fragment without its `#`. */
export const useFragment = (): string => useLocationProperty(() => window.location.hash.slice(1));

/** Identifies the current history entry. */
export const useHistoryKey = (): string => historyKeyOf(useHistoryState());
