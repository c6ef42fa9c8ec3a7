import type { ActorsBlock } from './actors.ts';
import type { ActorConfig } from './actor-config.ts';
import { actorNoAppChannel } from './errors.ts';
import type { ActorApp } from './ports.ts';

/** Actors that the app hosts over streams which it opens, instead of over a port. */
export interface ActorStreams {
  /** The app is available: what its streams offer is hosted from now on. */
  start(): Promise<void>;
  /**
   * The app is unavailable or unhealthy: its actors are drained, and other hosts may own them. Streams may stay open.
   */
  stop(): Promise<void>;
  /** Of several streams that offer a type the last one is called. After `close` it is not called any more. */
  open(app: ActorApp, config: ActorConfig): Promise<{ close(): Promise<void> }>;
}

interface Offer {
  readonly app: ActorApp;
  readonly config: ActorConfig;
}

export function actorStreams(actors: Pick<ActorsBlock, 'registerHost' | 'unregisterHost'>): ActorStreams {
  const offers: Offer[] = [];
  const appOf = (type: string): ActorApp => offers.findLast(({ config }) => config.types.has(type))?.app ?? noApp;
  const app: ActorApp = {
    method: (call, actor, method, request) => appOf(actor.type).method(call, actor, method, request),
    reminder: (call, actor, name, body) => appOf(actor.type).reminder(call, actor, name, body),
    timer: (call, actor, name, body) => appOf(actor.type).timer(call, actor, name, body),
    deactivate: (call, actor) => appOf(actor.type).deactivate(call, actor),
  };
  let isStarted = false;
  let latest = Promise.resolve();
  /** One change at a time, each with the state that is current when it runs. */
  const change = (): Promise<void> => {
    latest = latest
      .catch(() => {})
      .then(() => (isStarted ? actors.registerHost(app, merged(offers)) : actors.unregisterHost()));
    return latest;
  };
  return {
    start() {
      isStarted = true;
      return change();
    },
    stop() {
      isStarted = false;
      return change();
    },
    async open(streamed, config) {
      const offer = { app: streamed, config };
      offers.push(offer);
      if (isStarted) await change();
      return {
        async close() {
          const at = offers.indexOf(offer);
          if (at >= 0) offers.splice(at, 1);
          if (at >= 0 && isStarted) await change();
        },
      };
    },
  };
}

function merged(offers: readonly Offer[]): ActorConfig {
  return {
    types: new Map(offers.flatMap(({ config }) => [...config.types])),
    drains: offers.flatMap(({ config }) => config.drains),
    warnings: offers.flatMap(({ config }) => config.warnings),
  };
}

function rejectCall(): Promise<never> {
  return Promise.reject(actorNoAppChannel());
}

/** The app while no stream is open: there is no one to notify of a deactivation. */
const noApp: ActorApp = { method: rejectCall, reminder: rejectCall, timer: rejectCall, deactivate: async () => {} };
