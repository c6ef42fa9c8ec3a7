/** The sidecar's metadata response: the JSON form of the API, absent members omitted. */
export interface SidecarMetadata {
  readonly id: string;
  readonly runtimeVersion: string;
  readonly enabledFeatures?: readonly string[];
  readonly actors?: readonly ActiveActors[];
  readonly components?: readonly RegisteredComponent[];
  readonly extended: Readonly<Record<string, string>>;
  readonly subscriptions?: readonly RegisteredSubscription[];
  readonly httpEndpoints?: readonly { readonly name: string }[];
  readonly mcpServers?: readonly { readonly name: string }[];
  readonly resiliencies?: readonly { readonly name: string }[];
  readonly appConnectionProperties: AppConnection;
  readonly actorRuntime: ActorRuntimeStatus;
}

export interface ActiveActors {
  readonly type: string;
  readonly count?: number;
}

export interface RegisteredComponent {
  readonly name: string;
  readonly type: string;
  readonly version: string;
  readonly capabilities?: readonly string[];
}

export interface RegisteredSubscription {
  readonly pubsubname: string;
  readonly topic: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly rules?: readonly { readonly match?: string; readonly path?: string }[];
  readonly deadLetterTopic: string;
  readonly type: 'DECLARATIVE' | 'PROGRAMMATIC' | 'STREAMING';
}

export interface AppConnection {
  readonly port?: number;
  readonly protocol: string;
  readonly channelAddress: string;
  readonly maxConcurrency?: number;
  readonly health?: {
    readonly healthCheckPath: string;
    readonly healthProbeInterval: string;
    readonly healthProbeTimeout: string;
    readonly healthThreshold: number;
  };
}

export interface ActorRuntimeStatus {
  readonly runtimeStatus: 'INITIALIZING' | 'DISABLED' | 'RUNNING';
  readonly activeActors?: readonly ActiveActors[];
  readonly hostReady: boolean;
  readonly placement?: string;
}

export interface MetadataBlock {
  get(): SidecarMetadata;
  /** Stores a value of the caller under `key`, in memory, for `extended`. */
  set(key: string, value: string): void;
}

/** The parts are read again for each response, as apps and subscriptions change. */
export interface MetadataSources {
  readonly appId: string;
  readonly version: string;
  readonly features: readonly string[];
  readonly appConnection: AppConnection;
  readonly httpEndpoints: readonly string[];
  readonly resiliencies: readonly string[];
  readonly mcpServers: () => readonly string[];
  readonly components: () => readonly RegisteredComponent[];
  readonly subscriptions: () => readonly RegisteredSubscription[];
  readonly actorRuntime: () => ActorRuntimeStatus;
}

export function metadataBlock(sources: MetadataSources): MetadataBlock {
  const extended = new Map<string, string>();
  return {
    get() {
      const actorRuntime = sources.actorRuntime();
      return {
        id: sources.appId,
        runtimeVersion: sources.version,
        ...filled('enabledFeatures', sources.features),
        ...filled('actors', actorRuntime.activeActors ?? []),
        ...filled('components', sources.components()),
        extended: { ...Object.fromEntries(extended), daprRuntimeVersion: sources.version },
        ...filled('subscriptions', sources.subscriptions()),
        ...filled('httpEndpoints', sources.httpEndpoints.map(named)),
        ...filled('mcpServers', sources.mcpServers().map(named)),
        ...filled('resiliencies', sources.resiliencies.map(named)),
        appConnectionProperties: sources.appConnection,
        actorRuntime,
      };
    },
    set: (key, value) => void extended.set(key, value),
  };
}

function named(name: string): { readonly name: string } {
  return { name };
}

/** The API omits empty lists. */
function filled<Key extends string, Item>(key: Key, items: readonly Item[]): { readonly [K in Key]?: readonly Item[] } {
  return items.length === 0 ? {} : ({ [key]: items } as { readonly [K in Key]?: readonly Item[] });
}
