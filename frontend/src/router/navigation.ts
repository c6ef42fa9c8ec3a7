import type { Route } from './route.ts';
import { hrefOf, readRoute } from './route.ts';

/** `push` goes somewhere; `refine` does so without moving page or focus; `replace` leaves no step back. */
export type NavigationMode = 'push' | 'refine' | 'replace';

export interface ShopLocation {
  readonly route: Route;
  /** Differs between two visits of one address; known to the browser's history. */
  readonly key: string;
  /** Fragment without its `#`. */
  readonly fragment: string;
  /** How the visitor came here; decides about scroll and focus. A `refine` is a new place that looks like the old one. */
  readonly action: 'load' | 'pop' | NavigationMode;
}

/** Where the visitor is. One for each page load; `close` takes its listeners off the window. */
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
    // The browser would restore before our content is there.
    window.history.scrollRestoration = 'manual';
    window.addEventListener('popstate', this.#handlePopState);
  }

  get location(): ShopLocation {
    return this.#location;
  }

  /** Where the page was scrolled when the visitor left the current place; 0 for a new one. */
  get restoredScroll(): number {
    return this.#location.action === 'pop' ? (this.#scrollPositions.get(this.#location.key) ?? 0) : 0;
  }

  /** A page that was travelled to begins at its top; a filtered one stays where it is. */
  get startsAtTop(): boolean {
    return this.#startsAtTop;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether the new page's heading is to be focused; true once for each journey. */
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
    // Staying on a page by filtering it must not take the focus out of the filter.
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
