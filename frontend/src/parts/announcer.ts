/** Says changes to people who do not see them; heard through the live region of the page's shell. */
export class Announcer {
  readonly #listeners = new Set<() => void>();
  #words = '';

  get words(): string {
    return this.#words;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The same words twice are said twice: an invisible mark makes them differ. */
  say(words: string): void {
    this.#words = words === this.#words ? `${words}\u00a0` : words;
    for (const listener of this.#listeners) listener();
  }
}
