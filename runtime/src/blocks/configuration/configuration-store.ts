import type { Call } from '#core/call.ts';

/** One entry; a field that the store does not have is empty. */
export interface ConfigurationItem {
  readonly value: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ConfigurationQuery {
  /** Empty: all there are. */
  readonly keys: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Hears about changes. Must not throw. */
export interface ConfigurationListener {
  /** An entry that went away comes with all its fields empty. */
  changed(key: string, item: ConfigurationItem): void;
  /** The connection was away and is back: what changed meanwhile was not heard. */
  resumed(): void;
}

export interface ConfigurationWatch {
  /** Afterwards the listener hears nothing more. */
  close(): Promise<void>;
}

/** What the configuration block needs of a vendor. */
export interface ConfigurationStore {
  /** Keys that are not there are not in the map. */
  get(call: Call, query: ConfigurationQuery): Promise<ReadonlyMap<string, ConfigurationItem>>;
  /** Resolves when changes will be heard. */
  watch(call: Call, query: ConfigurationQuery, listener: ConfigurationListener): Promise<ConfigurationWatch>;
  close(): Promise<void>;
}

/** What is said of an entry that is gone. */
export const deletedItem: ConfigurationItem = Object.freeze({ value: '', version: '', metadata: Object.freeze({}) });
