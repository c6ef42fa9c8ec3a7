import { type ActivityStart, type Recorder, silentRecorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { type FakeClock, fakeClock } from '#core/fake-clock.ts';
import { type Log, silentLog } from '#core/log.ts';
import { type Reply, noBody } from '#core/message.ts';
import { newCalls } from '#core/new-call.ts';
import { leasePlacement } from '#cluster/placement.ts';
import { type ActorDatabase, actorDatabase } from '#components/memory/actor-database.ts';
import { memoryActorStoreOn } from '#components/memory/actor-store.ts';
import { peerUnavailable } from '../invoke/errors.ts';
import type { PeerTransport } from '../invoke/peers.ts';
import { parseActorConfig } from './actor-config.ts';
import { actorsBlock } from './actor-runtime.ts';
import type { ActorsBlock } from './actors.ts';
import { actorInvokeFailed } from './errors.ts';
import type { PreparedEvent } from './outbox-relay.ts';
import type { Placement } from './placement.ts';
import type { ActorApp, ActorRef, ActorStore, OwnershipStore } from './ports.ts';

export const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };

export function testCall(signal = new AbortController().signal): Call {
  return { trace, signal };
}

/** One call that an app received, in order. */
export interface ReceivedCall {
  readonly host: string;
  readonly what: string;
  readonly actor: ActorRef;
  readonly headers?: readonly string[];
  readonly query?: string | undefined;
  readonly traceId: string;
  readonly isSampled: boolean;
  readonly body?: unknown;
}

/** The behaviour of a simulated app; by default every callback succeeds at once. */
export interface AppScript {
  method?(received: ReceivedCall): Promise<string | { status: number; headers?: readonly string[]; body: string }>;
  reminder?(received: ReceivedCall): Promise<{ cancel: boolean }>;
  timer?(received: ReceivedCall): Promise<{ cancel: boolean }>;
  deactivate?(received: ReceivedCall): Promise<void>;
}

export interface SimulatedHost {
  readonly name: string;
  readonly actors: ActorsBlock;
  readonly placement: Placement;
  /**
   * Disconnects the host: it cannot reach the store and other hosts cannot reach it. Replies wait until it is connected
   * again.
   */
  cut(isCut: boolean): void;
}

interface NetworkLink {
  isCut: boolean;
}

/** Several sidecars in one process with one in-memory database and one clock. */
export class ActorTestCluster {
  readonly clock: FakeClock = fakeClock();
  readonly random = seededRandom(7);
  readonly database: ActorDatabase = actorDatabase({ clock: this.clock, random: this.random });
  readonly receivedCalls: ReceivedCall[] = [];
  readonly published: PreparedEvent[] = [];
  readonly activities: ActivityStart[] = [];
  readonly hosts = new Map<string, SimulatedHost>();
  script: AppScript = {};
  isBrokerDown = false;
  log: Log = silentLog;
  isPlacementRequested = true;
  samplingRate = 1;
  /** Replies that wait for a disconnected host. */
  #delayedReplies: (() => void)[] = [];

  /** A sidecar whose app hosts `config.entities`; it owns its partitions when this resolves. */
  async host(name: string, config: Record<string, unknown> = { entities: ['counter'] }): Promise<SimulatedHost> {
    const created = this.sidecar(name);
    await this.join(created, config);
    return created;
  }

  /** The app of this sidecar becomes available. */
  join(host: SimulatedHost, config: Record<string, unknown> = { entities: ['counter'] }): Promise<void> {
    return host.actors.registerHost(this.#app(host.name), parseActorConfig(config));
  }

  /** A sidecar whose app has not reported yet what it hosts. */
  sidecar(name: string, wrap: (store: ActorStore) => ActorStore = (store) => store): SimulatedHost {
    const { clock, random, isPlacementRequested } = this;
    const link: NetworkLink = { isCut: false };
    const peer = this.#peer(link);
    const store = wrap(memoryActorStoreOn(this.database, 'shop'));
    const placement = leasePlacement({
      store: cuttable(store.ownership, link),
      self: { id: `${name}-${random.hex(4)}`, appId: 'shop', address: `${name}:1` },
      clock,
      log: this.log,
      onHostLost: ({ address }) => peer.abandon(address, 'actor', 'its lease has ended'),
    });
    const actors = actorsBlock({
      appId: 'shop',
      store,
      placement,
      peer,
      publisher: {
        prepare: (_call, { topic, data, dataContentType = '', metadata = {} }) => ({
          id: random.uuid(),
          topic,
          data,
          contentType: dataContentType,
          metadata,
        }),
        relay: async (_call, _pubsub, message) => {
          if (this.isBrokerDown) throw new Error('the broker is down');
          this.published.push(message);
        },
      },
      recorder: this.#recorder(),
      newCall: newCalls(random, this.samplingRate),
      clock,
      random,
      log: this.log,
      isPlacementRequested,
    });
    const cut = (isCut: boolean): void => {
      link.isCut = isCut;
      for (const deliver of this.#delayedReplies.splice(0)) deliver();
    };
    const host = { name, actors, placement, cut };
    this.hosts.set(name, Object.assign(host, { link }));
    return host;
  }

  /** A method call from the app of `host`; returns the text of the response. */
  async call(host: SimulatedHost, id: string, method = 'add', headers: readonly string[] = []): Promise<string> {
    const actor = { type: 'counter', id };
    const reply = await host.actors.invoke(testCall(), actor, method, { headers, body: noBody });
    return Buffer.from(reply.body).toString('utf8');
  }

  /** The calls that apps received, in short: `a add counter/1`. */
  summary(): string[] {
    return this.receivedCalls.map(({ host, what, actor }) => `${host} ${what} ${actor.type}/${actor.id}`);
  }

  async close(): Promise<void> {
    for (const { actors } of this.hosts.values()) {
      const closed = actors.close();
      await this.clock.tick(10_000);
      await closed;
    }
  }

  #recorder(): Recorder {
    return {
      record: (call, start, work) => {
        this.activities.push(start);
        return silentRecorder.record(call, start, work);
      },
    };
  }

  #peer(link: NetworkLink): PeerTransport {
    const waiting = new Set<{ readonly address: string; readonly reject: (reason: Error) => void }>();
    return {
      request: async (call, address, request) => {
        const target = this.hosts.get(address.split(':')[0] ?? '') as
          | (SimulatedHost & { link: NetworkLink })
          | undefined;
        if (!target || target.link.isCut || link.isCut) throw peerUnavailable(address, 'it is cut off');
        return new Promise<Reply>((resolve, reject) => {
          const entry = { address, reject: reject };
          waiting.add(entry);
          void target.actors.handlePeerRequest(call, request).then((response) => {
            const deliver = (): void => {
              if (target.link.isCut || link.isCut) return void this.#delayedReplies.push(deliver);
              waiting.delete(entry);
              resolve(response);
            };
            deliver();
          });
        });
      },
      abandon: (address, _purpose, reason) => {
        for (const entry of waiting) if (entry.address === address) entry.reject(peerUnavailable(address, reason));
      },
      close: async () => {},
    };
  }

  #app(host: string): ActorApp {
    const note = (call: Call, what: string, actor: ActorRef, more: Partial<ReceivedCall> = {}): ReceivedCall => {
      const received = { host, what, actor, traceId: call.trace.traceId, isSampled: call.trace.sampled, ...more };
      this.receivedCalls.push(received);
      return received;
    };
    return {
      method: async (call, actor, method, request) => {
        const received = note(call, method, actor, { headers: request.headers, query: request.query });
        const work = this.script.method?.(received) ?? Promise.resolve('ok');
        const response = await abortable(work, call.signal);
        const {
          status,
          headers = [],
          body,
        } = typeof response === 'string' ? { status: 200, body: response } : response;
        return { status, headers, body: Buffer.from(body) };
      },
      reminder: (call, actor, name, body) => {
        const received = note(call, `remind ${name}`, actor, { body });
        return abortable(this.script.reminder?.(received) ?? Promise.resolve({ cancel: false }), call.signal);
      },
      timer: (call, actor, name, body) => {
        const received = note(call, `timer ${name}`, actor, { body });
        return abortable(this.script.timer?.(received) ?? Promise.resolve({ cancel: false }), call.signal);
      },
      deactivate: async (call, actor) => {
        const received = note(call, 'deactivate', actor);
        await this.script.deactivate?.(received);
      },
    };
  }
}

/** What an app channel does when the call is aborted: it stops waiting for the response. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([work, aborted.promise]).finally(() => signal.removeEventListener('abort', onAbort));
}

function cuttable(store: OwnershipStore, link: { isCut: boolean }): OwnershipStore {
  const unlessCut = <T>(work: () => Promise<T>): Promise<T> =>
    link.isCut ? Promise.reject(actorInvokeFailed('the store does not respond')) : work();
  return {
    heartbeat: (host, leaseMs) => unlessCut(() => store.heartbeat(host, leaseMs)),
    claim: (host, type, partitions) => unlessCut(() => store.claim(host, type, partitions)),
    release: (fences) => unlessCut(() => store.release(fences)),
    read: () => unlessCut(() => store.read()),
    leave: (hostId) => unlessCut(() => store.leave(hostId)),
  };
}
