/** Messages for screen readers, rendered in the live region of the layout. */
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

  /** A repeated message gets an invisible suffix, so that screen readers announce it again. */
  announce(message: string): void {
    this.#message = message === this.#message ? `${message}\u00a0` : message;
    for (const listener of this.#listeners) listener();
  }
}
