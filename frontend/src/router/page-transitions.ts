type Navigate = (to: string, options?: NavigateOptions) => void;

export interface NavigateOptions {
  readonly replace?: boolean;
  readonly state?: unknown;
}

/** `state` of navigations that refine the current page: scroll position and focus stay where they are. */
export const inPlace = { isInPlace: true } as const;

/**
 * Scroll position and focus of navigations without a page load, as a browser handles them for page loads. One instance
 * for each page load; `close` removes its listener from the window.
 */
export class PageTransitions {
  readonly #window: Window;
  readonly #newKey: () => string;
  readonly #scrollPositions = new Map<string, number>();
  #key: string;
  #pathname: string;
  #isFocusPending = false;
  #startsAtTop = false;
  #restoredScroll: number | undefined;

  constructor(window: Window, newKey: () => string) {
    this.#window = window;
    this.#newKey = newKey;
    this.#key = historyKeyOf(window.history.state);
    this.#pathname = window.location.pathname;
    // The browser would restore the scroll position before the content is rendered.
    window.history.scrollRestoration = 'manual';
    window.addEventListener('popstate', this.#handlePopState);
  }

  /** A new page starts at its top; a refined one keeps its scroll position. */
  get startsAtTop(): boolean {
    return this.#startsAtTop;
  }

  /** The saved scroll position after going back or forward; undefined after other navigations. */
  get restoredScroll(): number | undefined {
    return this.#restoredScroll;
  }

  /** Whether the heading of the new page must receive the focus; true once for each page change. */
  consumeFocus(): boolean {
    const isPending = this.#isFocusPending;
    this.#isFocusPending = false;
    return isPending;
  }

  /** `aroundNav` of wouter's Router: every navigation but back and forward goes through it. */
  readonly aroundNavigation = (navigate: Navigate, to: string, options: NavigateOptions = {}): void => {
    this.#saveScroll();
    const { pathname, hash } = new URL(to, this.#window.location.href);
    const isOtherPath = pathname !== this.#pathname;
    const isReplaced = options.replace === true;
    const isPageChange = isOtherPath || (!isReplaced && options.state !== inPlace);
    // A fragment names another element that takes the focus.
    this.#begin(pathname, isPageChange && hash === '');
    this.#startsAtTop = isPageChange;
    if (isOtherPath || !isReplaced) this.#key = this.#newKey();
    navigate(to, { ...options, state: { key: this.#key } });
  };

  close(): void {
    this.#window.removeEventListener('popstate', this.#handlePopState);
  }

  readonly #handlePopState = (): void => {
    this.#saveScroll();
    const { pathname } = this.#window.location;
    this.#begin(pathname, pathname !== this.#pathname);
    this.#key = historyKeyOf(this.#window.history.state);
    this.#restoredScroll = this.#scrollPositions.get(this.#key) ?? 0;
  };

  #saveScroll(): void {
    this.#scrollPositions.set(this.#key, this.#window.scrollY);
  }

  #begin(pathname: string, takesFocus: boolean): void {
    // Filtering a page must not move the focus out of the filter.
    if (takesFocus) this.#isFocusPending = true;
    this.#pathname = pathname;
    this.#startsAtTop = false;
    this.#restoredScroll = undefined;
  }
}

/** Unique for each history entry. */
export const historyKeyOf = (state: unknown): string =>
  typeof state === 'object' && state !== null && 'key' in state ? String(state.key) : 'first';
