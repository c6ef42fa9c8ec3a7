export interface KeyListener {
  changed(key: string): void;
  resumed(): void;
}

/** Who listens to which keys. */
export class KeyListeners {
  readonly #byKey = new Map<string, Set<KeyListener>>();
  readonly #ofAll = new Set<KeyListener>();

  add(keys: readonly string[], listener: KeyListener): void {
    for (const key of keys) {
      const listeners = this.#byKey.get(key) ?? new Set();
      this.#byKey.set(key, listeners.add(listener));
    }
  }

  addToAll(listener: KeyListener): void {
    this.#ofAll.add(listener);
  }

  remove(keys: readonly string[], listener: KeyListener): void {
    for (const key of keys) this.#byKey.get(key)?.delete(listener);
  }

  removeFromAll(listener: KeyListener): void {
    this.#ofAll.delete(listener);
  }

  /** The keys among these that have lost their last listener; each is returned once. */
  takeUnused(keys: readonly string[]): readonly string[] {
    return keys.filter((key) => this.#byKey.get(key)?.size === 0 && this.#byKey.delete(key));
  }

  hasListenersOfAll(): boolean {
    return this.#ofAll.size > 0;
  }

  changed(key: string): void {
    for (const listener of this.#byKey.get(key) ?? []) listener.changed(key);
  }

  changedForAll(key: string): void {
    for (const listener of this.#ofAll) listener.changed(key);
  }

  /** Each listener once. */
  resumed(): void {
    const listeners = new Set([...this.#ofAll, ...[...this.#byKey.values()].flatMap((set) => [...set])]);
    for (const listener of listeners) listener.resumed();
  }
}
