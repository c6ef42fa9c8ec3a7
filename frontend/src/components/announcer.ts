/** Says changes to people who do not see them; heard through the live region of the page's shell. */
export class Announcer {
  readonly #listeners = new Set<() => void>();
  #message = '';

  get message(): string {
    return this.#message;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The same words twice are said twice: an invisible mark makes them differ. */
  announce(message: string): void {
    this.#message = message === this.#message ? `${message}\u00a0` : message;
    for (const listener of this.#listeners) listener();
  }
}
