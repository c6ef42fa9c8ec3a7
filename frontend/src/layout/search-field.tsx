import { useEffect, useRef, useState } from 'react';
import { Icon } from '../components/icon.tsx';
import { useNavigation, useShopLocation } from '../router/use-navigation.ts';
import { readShopQuery, writeShopQuery } from '../shop/shop-query.ts';

/** Debounce between two keystrokes. */
const typingPauseMs = 160;

/** On the shop page it searches while typing; on other pages Enter navigates to the shop page. */
export const SearchField = ({ id, takesFocus = false }: { readonly id: string; readonly takesFocus?: boolean }) => {
  const navigation = useNavigation();
  const { route, fragment } = useShopLocation();
  const search = route.page === 'shop' ? route.search : undefined;
  const queryText = search === undefined ? '' : (readShopQuery(search).q ?? '');
  const [{ text: typed, lastQueryText }, setTyped] = useState({ text: queryText, lastQueryText: queryText });
  // A link or the back button changes the query; the field follows, except for trailing spaces that are being typed.
  if (lastQueryText !== queryText)
    setTyped({ text: queryText === typed.trim() ? typed : queryText, lastQueryText: queryText });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (takesFocus && fragment === 'search') input.current?.focus();
  }, [takesFocus, fragment]);

  const navigateToSearch = (text: string, mode: 'push' | 'replace'): void => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const query = search === undefined ? {} : readShopQuery(search);
    const { q: _q, page: _page, ...rest } = query;
    const next = writeShopQuery(text.trim() === '' ? rest : { ...rest, q: text.trim() });
    navigation.navigate({ page: 'shop', search: next }, mode);
  };
  return (
    <search className="search">
      <form
        action="/shop"
        onSubmit={(event) => {
          event.preventDefault();
          navigateToSearch(typed, search === undefined ? 'push' : 'replace');
        }}
      >
        <label className="visually-hidden" htmlFor={id}>
          Search the shop
        </label>
        <Icon name="search" />
        <input
          ref={input}
          id={id}
          name="q"
          type="search"
          placeholder="Search: rope, drysuit, Skerry…"
          autoComplete="off"
          enterKeyHint="search"
          maxLength={80}
          value={typed}
          onChange={(event) => {
            const text = event.target.value;
            setTyped({ text, lastQueryText: queryText });
            if (search === undefined) return;
            clearTimeout(timer.current);
            timer.current = setTimeout(() => navigateToSearch(text, 'replace'), typingPauseMs);
          }}
        />
      </form>
    </search>
  );
};
