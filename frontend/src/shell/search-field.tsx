import { useEffect, useRef, useState } from 'react';
import { Icon } from '../parts/icon.tsx';
import { useNavigation, usePlace } from '../router/use-navigation.ts';
import { readShopQuery, writeShopQuery } from '../shop/shop-query.ts';

/** Long enough for the next letter, too short to be felt. */
const typingPauseMs = 160;

/** On the shop page it searches as one types; elsewhere it goes there on Enter. */
export const SearchField = ({ id, takesFocus = false }: { readonly id: string; readonly takesFocus?: boolean }) => {
  const navigation = useNavigation();
  const { route, fragment } = usePlace();
  const search = route.page === 'shop' ? route.search : undefined;
  const known = search === undefined ? '' : (readShopQuery(search).q ?? '');
  const [{ words: typed, seen }, setTyped] = useState({ words: known, seen: known });
  // Following a link or going back changes the words from outside; a space at the end of one's own is left alone.
  if (seen !== known) setTyped({ words: known === typed.trim() ? typed : known, seen: known });
  const due = useRef<ReturnType<typeof setTimeout>>(undefined);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => () => clearTimeout(due.current), []);
  useEffect(() => {
    if (takesFocus && fragment === 'search') input.current?.focus();
  }, [takesFocus, fragment]);

  const seek = (words: string, how: 'push' | 'replace'): void => {
    clearTimeout(due.current);
    due.current = undefined;
    const query = search === undefined ? {} : readShopQuery(search);
    const { q: _q, page: _page, ...rest } = query;
    const next = writeShopQuery(words.trim() === '' ? rest : { ...rest, q: words.trim() });
    navigation.go({ page: 'shop', search: next }, how);
  };
  return (
    <search className="search">
      <form
        action="/shop"
        onSubmit={(event) => {
          event.preventDefault();
          seek(typed, search === undefined ? 'push' : 'replace');
        }}
      >
        <label className="aside-words" htmlFor={id}>
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
            const words = event.target.value;
            setTyped({ words, seen: known });
            if (search === undefined) return;
            clearTimeout(due.current);
            due.current = setTimeout(() => seek(words, 'replace'), typingPauseMs);
          }}
        />
      </form>
    </search>
  );
};
