import type { Route } from './route.ts';
import { hrefOf, readRoute } from './route.ts';

/** `push` adds a history entry; `refine` too, without moving scroll position or focus; `replace` adds none. */
export type NavigationMode = 'push' | 'refine' | 'replace';

export interface ShopLocation {
  readonly route: Route;
  /** Unique per history entry; stored in `history.state`. */
  readonly key: string;
  /** Fragment without its `#`. */
  readonly fragment: string;
  /** How the location was reached; decides about scroll position and focus. */
  readonly action: 'load' | 'pop' | NavigationMode;
}

/**
 * The current location and its history. One instance for each page load; `close` removes its listeners from the window.
 */
export class Navigation {
  readonly #window: Window;
  readonly #listeners = new Set<() => void>();
  readonly #scrollPositions = new Map<string, number>();
  #isFocusPending = false;
  #startsAtTop = false;
  #location: ShopLocation;

  constructor(window: Window) {
    this.#window = window;
    this.#location = this.#readLocation('load');
    // The browser would restore the scroll position before the content is rendered.
    window.history.scrollRestoration = 'manual';
    window.addEventListener('popstate', this.#handlePopState);
  }

  get location(): ShopLocation {
    return this.#location;
  }

  /** The scroll position that was saved for the current history entry; 0 for a new one. */
  get restoredScroll(): number {
    return this.#location.action === 'pop' ? (this.#scrollPositions.get(this.#location.key) ?? 0) : 0;
  }

  /** A new page starts at its top; a refined one keeps its scroll position. */
  get startsAtTop(): boolean {
    return this.#startsAtTop;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether the heading of the new page must receive the focus; true once for each page change. */
  consumeFocus(): boolean {
    const isPending = this.#isFocusPending;
    this.#isFocusPending = false;
    return isPending;
  }

  navigate(to: Route | string, mode: NavigationMode = 'push'): void {
    const href = typeof to === 'string' ? to : hrefOf(to);
    this.#saveScroll();
    const { history } = this.#window;
    if (mode === 'replace')
      history.replaceState({ key: isSamePage(this.#location, href) ? this.#location.key : newKey() }, '', href);
    else history.pushState({ key: newKey() }, '', href);
    this.#setLocation(this.#readLocation(mode));
  }

  close(): void {
    this.#window.removeEventListener('popstate', this.#handlePopState);
    this.#listeners.clear();
  }

  readonly #handlePopState = (): void => {
    this.#saveScroll();
    this.#setLocation(this.#readLocation('pop'));
  };

  #saveScroll(): void {
    this.#scrollPositions.set(this.#location.key, this.#window.scrollY);
  }

  #setLocation(place: ShopLocation): void {
    // Filtering a page must not move the focus out of the filter.
    const isPageChange = place.route.page !== this.#location.route.page || place.action === 'push';
    if (isPageChange) this.#isFocusPending = true;
    this.#startsAtTop = isPageChange && place.action !== 'pop';
    this.#location = place;
    for (const listener of this.#listeners) listener();
  }

  #readLocation(action: ShopLocation['action']): ShopLocation {
    const { location, history } = this.#window;
    const state: unknown = history.state;
    const key = typeof state === 'object' && state !== null && 'key' in state ? String(state.key) : 'first';
    return { route: readRoute(location.pathname, location.search), key, fragment: location.hash.slice(1), action };
  }
}

const isSamePage = (place: ShopLocation, href: string): boolean =>
  readRoute(new URL(href, 'http://here').pathname).page === place.route.page;

const newKey = (): string => Math.random().toString(36).slice(2, 10);
