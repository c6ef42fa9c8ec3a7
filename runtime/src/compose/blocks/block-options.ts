import type { PeerTransport } from '#blocks/invoke/peers.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { NewCall } from '#core/new-call.ts';
import type { SidecarConfig } from '#host/config/config.ts';
import type { Configuration } from '#host/resources/configuration.ts';
import type { Resources } from '#host/resources/resources.ts';
import type { Resiliency } from '#resilience/resiliency.ts';
import type { Endpoints } from '../endpoints.ts';
import type { Components } from '../load-components.ts';
import type { NameResolution } from '../name-resolution.ts';
import type { SidecarDependencies } from '../sidecar-dependencies.ts';
import type { Telemetry } from '../telemetry.ts';

/** What the building blocks are made of. */
export interface BlockOptions {
  readonly config: SidecarConfig;
  readonly configuration: Configuration;
  readonly resources: Resources;
  readonly components: Components;
  readonly names: NameResolution;
  readonly transport: PeerTransport;
  /** The address at which other sidecars reach this one, `host:port`. */
  readonly advertisedAddress: string;
  /** Undefined when the sidecar has no app. */
  readonly channel: AppChannel | undefined;
  /** Throws when the app must not be called now. */
  readonly checkApp: () => void;
  readonly telemetry: Telemetry;
  /** Opens the calls that deliver work to the app. */
  readonly newCall: NewCall;
  readonly dependencies: SidecarDependencies;
  readonly policies: Resiliency;
  readonly endpoints: Endpoints;
}

/** The options that most blocks have in common. */
export function commonOptions({ config, telemetry, newCall, dependencies }: BlockOptions) {
  const { clock, random } = dependencies;
  return { appId: config.appId, namespace: config.namespace, recorder: telemetry.activities, newCall, clock, random };
}

/** Work that runs only while the app is up. */
export interface AppWorker {
  start(): Promise<void>;
  /** Accepts no new work and waits for running work, at most `drainMs`. */
  stop(drainMs: number): Promise<void>;
}
