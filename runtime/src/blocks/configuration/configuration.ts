import type { ActivityAttributes } from '#core/activity-attributes.ts';
import type { ActivityStart, Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import type { Loaded } from '#core/component.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { NewCall } from '#core/new-call.ts';
import type { ConfigurationSink, ConfigurationUpdate } from './configuration-sink.ts';
import type { ConfigurationItem, ConfigurationStore } from './configuration-store.ts';
import * as errors from './errors.ts';
import { type Subscription, subscribeTo } from './subscription.ts';

type Items = Readonly<Record<string, ConfigurationItem>>;

export interface GetConfiguration {
  readonly storeName: string;
  /** Empty: all entries. */
  readonly keys: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Configuration, for the HTTP and the gRPC API. Rejects with the errors of `errors.ts`. */
export interface ConfigurationBlock {
  /** Throws when there is no such store: the APIs check it before the rest of the request. */
  requireStore(storeName: string): void;
  get(call: Call, request: GetConfiguration): Promise<{ readonly items: Items }>;
  /** Sends changes to the app, until `unsubscribe` or the end of the sidecar. */
  subscribe(call: Call, request: GetConfiguration): Promise<{ readonly id: string }>;
  /** Yields changes until the caller disconnects or the subscription is ended. The first message has only the id. */
  updates(call: Call, request: GetConfiguration): AsyncIterable<ConfigurationUpdate>;
  /** `ok` is false when there is no such subscription, or none of the named store. */
  unsubscribe(request: {
    readonly id: string;
    readonly storeName?: string;
  }): Promise<{ readonly ok: boolean; readonly message: string }>;
  /** Ends all subscriptions. */
  close(): Promise<void>;
}

export interface ConfigurationOptions {
  readonly stores: ReadonlyMap<string, Loaded<ConfigurationStore>>;
  /** Undefined when the sidecar has no app. */
  readonly app: ConfigurationSink | undefined;
  readonly recorder: Recorder;
  readonly newCall: NewCall;
  readonly random: Random;
  readonly log: Log;
}

/** Limits an app that subscribes at each start and never unsubscribes. */
const maxSubscriptions = 1000;

interface OpenSubscription {
  readonly storeName: string;
  readonly subscription: Subscription;
}

export function configurationBlock(options: ConfigurationOptions): ConfigurationBlock {
  return new Configuration(options);
}

class Configuration implements ConfigurationBlock {
  readonly #options: ConfigurationOptions;
  readonly #open = new Map<string, OpenSubscription>();
  readonly #closing = new AbortController();
  #opening = 0;

  constructor(options: ConfigurationOptions) {
    this.#options = options;
  }

  requireStore(storeName: string): void {
    this.#storeNamed(storeName);
  }

  async get(call: Call, { storeName, keys, metadata = {} }: GetConfiguration): Promise<{ readonly items: Items }> {
    const store = this.#storeNamed(storeName);
    const start: ActivityStart<'configuration.get'> = {
      kind: 'configuration.get',
      name: storeName,
      attributes: { keys: keys.join(' ') },
    };
    return await this.#options.recorder.record(call, start, async (inner, scope) => {
      try {
        const items = await store.get(inner, { keys, metadata });
        scope.set('found', items.size);
        return { items: Object.fromEntries(items) };
      } catch (cause) {
        throw withCause(errors.configurationGetFailed(keys, storeName, textOf(cause)), cause);
      }
    });
  }

  async subscribe(call: Call, request: GetConfiguration): Promise<{ readonly id: string }> {
    const { app } = this.#options;
    this.#storeNamed(request.storeName);
    if (!app) throw errors.configurationAppMissing();
    const [id, entry] = await this.#begin(call, request);
    void deliverAll(app, id, entry, { ...this.#options, signal: this.#closing.signal });
    return { id };
  }

  async *updates(call: Call, request: GetConfiguration): AsyncIterable<ConfigurationUpdate> {
    const [id, { subscription }] = await this.#begin(call, request);
    const stop = (): void => subscription.updates.end();
    call.signal.addEventListener('abort', stop, { once: true });
    if (call.signal.aborted) stop();
    try {
      yield { id, items: {} };
      for (let next = await subscription.updates.next(); next; next = await subscription.updates.next())
        yield { id, items: Object.fromEntries(next) };
    } finally {
      call.signal.removeEventListener('abort', stop);
      await this.#end(id);
    }
  }

  async unsubscribe({
    id,
    storeName,
  }: {
    readonly id: string;
    readonly storeName?: string;
  }): Promise<{ readonly ok: boolean; readonly message: string }> {
    const isKnown = storeName === undefined || this.#open.get(id)?.storeName === storeName;
    const ok = isKnown && (await this.#end(id));
    return { ok, message: ok ? '' : errors.unsubscribeFailedMessage(id) };
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the sidecar stops'));
    await Promise.all([...this.#open.keys()].map((id) => this.#end(id)));
  }

  #storeNamed(name: string): ConfigurationStore {
    const { stores } = this.#options;
    if (stores.size === 0) throw errors.configurationNotConfigured();
    const store = stores.get(name);
    if (!store) throw errors.configurationStoreNotFound(name);
    return store.port;
  }

  async #begin(call: Call, { storeName, keys, metadata = {} }: GetConfiguration): Promise<[string, OpenSubscription]> {
    const { recorder, random, log } = this.#options;
    const store = this.#storeNamed(storeName);
    const start: ActivityStart<'configuration.subscribe'> = {
      kind: 'configuration.subscribe',
      name: storeName,
      attributes: { keys: keys.join(' ') },
    };
    return await recorder.record(call, start, async (inner, scope) => {
      try {
        if (this.#open.size + this.#opening >= maxSubscriptions)
          throw new RangeError(`there are already ${maxSubscriptions} subscriptions, end some of them`);
        this.#opening++;
        const query = { keys: [...new Set(keys)], metadata };
        const newCall = (): Call => this.#options.newCall(this.#closing.signal);
        const subscription = await subscribeTo(inner, { store, query, log, newCall }).finally(() => this.#opening--);
        const id = random.uuid();
        const entry = { storeName, subscription };
        this.#open.set(id, entry);
        scope.set('id', id);
        return [id, entry];
      } catch (cause) {
        throw withCause(errors.configurationSubscribeFailed(keys, storeName, textOf(cause)), cause);
      }
    });
  }

  async #end(id: string): Promise<boolean> {
    const entry = this.#open.get(id);
    this.#open.delete(id);
    await entry?.subscription.close();
    return entry !== undefined;
  }
}

/** Delivers the changes of one subscription to the app, one after the other, until it ends. */
async function deliverAll(
  sink: ConfigurationSink,
  id: string,
  { storeName, subscription }: OpenSubscription,
  { signal, ...options }: Pick<ConfigurationOptions, 'recorder' | 'newCall' | 'log'> & { readonly signal: AbortSignal },
): Promise<void> {
  for (let next = await subscription.updates.next(); next; next = await subscription.updates.next()) {
    const items = Object.fromEntries(next);
    const attributes: ActivityAttributes['configuration.change'] = { keys: Object.keys(items).join(' '), id };
    const start = { kind: 'configuration.change', name: storeName, attributes } as const;
    try {
      await options.recorder.record(options.newCall(signal), start, (call) =>
        sink.deliver(call, storeName, { id, items }),
      );
    } catch (cause) {
      if (signal.aborted) return;
      options.log.error(
        { store: storeName, ...attributes, error: textOf(cause) },
        'the app rejected a configuration change',
      );
    }
  }
}
