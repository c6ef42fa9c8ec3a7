import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { Icon } from '../components/icon.tsx';
import { readShopQuery, writeShopQuery } from '../shop/shop-query.ts';
import { hrefs } from '../router/paths.ts';
import { useFragment, usePage, useSearch } from '../router/use-url.ts';
import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);

/** Debounce between two keystrokes. */
const typingPauseMs = 160;

/** On the shop page it searches while typing; on other pages Enter navigates to the shop page. */
export const SearchField = ({ id, takesFocus = false }: { readonly id: string; readonly takesFocus?: boolean }) => {
  const [, navigate] = useLocation();
  const fragment = useFragment();
  const search = useSearch();
  const isShopPage = usePage() === 'shop';
  const query = isShopPage ? readShopQuery(search) : {};
  const queryText = query.q ?? '';
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

  const navigateToSearch = (text: string): void => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const { q: _q, page: _page, ...rest } = query;
    const next = writeShopQuery(text.trim() === '' ? rest : { ...rest, q: text.trim() });
    navigate(hrefs.shop(next), { replace: isShopPage });
  };
  return (
    <search className="search">
      <form
        action="/shop"
        onSubmit={(event) => {
          event.preventDefault();
          navigateToSearch(typed);
        }}
      >
        <label className="visually-hidden" htmlFor={id}>
          {text('search-field.search-the-shop')}
        </label>
        <Icon name="search" />
        <input
          ref={input}
          id={id}
          name="q"
          type="search"
          placeholder={text('search-field.search-rope-drysuit-skerry')}
          autoComplete="off"
          enterKeyHint="search"
          maxLength={80}
          value={typed}
          onChange={(event) => {
            const text = event.target.value;
            setTyped({ text, lastQueryText: queryText });
            if (!isShopPage) return;
            clearTimeout(timer.current);
            timer.current = setTimeout(() => navigateToSearch(text), typingPauseMs);
          }}
        />
      </form>
    </search>
  );
};
