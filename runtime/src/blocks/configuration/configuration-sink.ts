import type { Call } from '#core/call.ts';
import type { ConfigurationItem } from './configuration-store.ts';

/** The changes, with the id of the subscription. */
export interface ConfigurationUpdate {
  readonly id: string;
  readonly items: Readonly<Record<string, ConfigurationItem>>;
}

/** The app as the receiver of changes. Rejects when the app rejects them or cannot be reached. */
export interface ConfigurationSink {
  deliver(call: Call, storeName: string, update: ConfigurationUpdate): Promise<void>;
}
