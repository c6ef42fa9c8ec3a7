import type { Call } from '#core/call.ts';

/** One entry; a field that the store does not have is empty. */
export interface ConfigurationItem {
  readonly value: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ConfigurationQuery {
  /** Empty: all entries. */
  readonly keys: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Receives changes. Must not throw. */
export interface ConfigurationListener {
  /** A removed entry has only empty fields. */
  changed(key: string, item: ConfigurationItem): void;
  /** The connection was interrupted and is restored: changes in between were missed. */
  resumed(): void;
}

export interface ConfigurationWatch {
  /** Afterwards the listener is not called any more. */
  close(): Promise<void>;
}

/** What the configuration block needs from a vendor. */
export interface ConfigurationStore {
  /** Absent keys are absent from the map. */
  get(call: Call, query: ConfigurationQuery): Promise<ReadonlyMap<string, ConfigurationItem>>;
  /** Resolves when changes will be received. */
  watch(call: Call, query: ConfigurationQuery, listener: ConfigurationListener): Promise<ConfigurationWatch>;
  close(): Promise<void>;
}

/** The value of a removed entry. */
export const deletedItem: ConfigurationItem = Object.freeze({ value: '', version: '', metadata: Object.freeze({}) });
