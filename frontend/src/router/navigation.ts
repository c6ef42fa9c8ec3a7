import type { Route } from './route.ts';
import { hrefOf, readRoute } from './route.ts';

/** `push` goes somewhere; `refine` does so without moving page or focus; `replace` leaves no step back. */
export type Way = 'push' | 'refine' | 'replace';

export interface Place {
  readonly route: Route;
  /** Differs between two visits of one address; known to the browser's history. */
  readonly key: string;
  /** Fragment without its `#`. */
  readonly fragment: string;
  /** How the visitor came here; decides about scroll and focus. A `refine` is a new place that looks like the old one. */
  readonly by: 'load' | 'pop' | Way;
}

/** Where the visitor is. One for each page load; `close` takes its listeners off the window. */
export class Navigation {
  readonly #window: Window;
  readonly #listeners = new Set<() => void>();
  readonly #scroll = new Map<string, number>();
  #isFocusDue = false;
  #isAtTop = false;
  #place: Place;

  constructor(window: Window) {
    this.#window = window;
    this.#place = this.#read('load');
    // The browser would restore before our content is there.
    window.history.scrollRestoration = 'manual';
    window.addEventListener('popstate', this.#popped);
  }

  get place(): Place {
    return this.#place;
  }

  /** Where the page was scrolled when the visitor left the current place; 0 for a new one. */
  get restoredScroll(): number {
    return this.#place.by === 'pop' ? (this.#scroll.get(this.#place.key) ?? 0) : 0;
  }

  /** A page that was travelled to begins at its top; a filtered one stays where it is. */
  get isAtTop(): boolean {
    return this.#isAtTop;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether the new page's heading is to be focused; true once for each journey. */
  takeFocus(): boolean {
    const isDue = this.#isFocusDue;
    this.#isFocusDue = false;
    return isDue;
  }

  go(to: Route | string, how: Way = 'push'): void {
    const href = typeof to === 'string' ? to : hrefOf(to);
    this.#remember();
    const { history } = this.#window;
    if (how === 'replace')
      history.replaceState({ key: isSamePage(this.#place, href) ? this.#place.key : newKey() }, '', href);
    else history.pushState({ key: newKey() }, '', href);
    this.#arrive(this.#read(how));
  }

  close(): void {
    this.#window.removeEventListener('popstate', this.#popped);
    this.#listeners.clear();
  }

  readonly #popped = (): void => {
    this.#remember();
    this.#arrive(this.#read('pop'));
  };

  #remember(): void {
    this.#scroll.set(this.#place.key, this.#window.scrollY);
  }

  #arrive(place: Place): void {
    // Staying on a page by filtering it must not take the focus out of the filter.
    const isJourney = place.route.page !== this.#place.route.page || place.by === 'push';
    if (isJourney) this.#isFocusDue = true;
    this.#isAtTop = isJourney && place.by !== 'pop';
    this.#place = place;
    for (const listener of this.#listeners) listener();
  }

  #read(by: Place['by']): Place {
    const { location, history } = this.#window;
    const state: unknown = history.state;
    const key = typeof state === 'object' && state !== null && 'key' in state ? String(state.key) : 'first';
    return { route: readRoute(location.pathname, location.search), key, fragment: location.hash.slice(1), by };
  }
}

const isSamePage = (place: Place, href: string): boolean =>
  readRoute(new URL(href, 'http://here').pathname).page === place.route.page;

const newKey = (): string => Math.random().toString(36).slice(2, 10);
