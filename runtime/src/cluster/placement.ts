import type { Call } from '#core/call.ts';
import { type Cancel, type Clock, sleep } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { actorNoAddress, actorNoPlacement } from '#blocks/actors/errors.ts';
import type { Placement, PlacementStatus, PartitionListener } from '#blocks/actors/placement.ts';
import { type ActorHost, type Fence, type OwnershipStore, partitionCount } from '#blocks/actors/ports.ts';
import { PlacementSlots, type Slot } from './placement-slots.ts';
import { PlacementTable } from './placement-table.ts';
import { changesFor } from './placement-changes.ts';

export interface PlacementOptions {
  readonly store: OwnershipStore;
  /** `address` is where other sidecars reach this one. */
  readonly self: { readonly id: string; readonly appId: string; readonly address: string };
  readonly clock: Clock;
  readonly log: Log;
  readonly timing?: Partial<PlacementTiming>;
  /** The lease of another host has ended, and it will not return: waiting for its replies is useless. */
  readonly onHostLost?: (host: ActorHost) => void;
}

export interface PlacementTiming {
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  /** No turn begins when the last successful heartbeat is this old: the lease must outlive running turns. */
  readonly stopAfterMs: number;
  /** At this age the last turn is ended. */
  readonly endAfterMs: number;
  /** The table is read again in the background when it is older. */
  readonly freshMs: number;
  /** Minimum interval between reads on behalf of callers. */
  readonly minReadIntervalMs: number;
  /** How long a call waits for an owner when no host offers the type, and when one does. */
  readonly absentLimitMs: number;
  readonly moveLimitMs: number;
  /** How long a host waits for its share before it reports itself settled. */
  readonly settleLimitMs: number;
  /** Maximum duration of a drain. */
  readonly drainLimitMs: number;
  /** How long replies of a host that has left may still be in flight. */
  readonly replyGraceMs: number;
}

export const placementTiming: PlacementTiming = {
  heartbeatMs: 1000,
  leaseMs: 5000,
  stopAfterMs: 3000,
  endAfterMs: 4500,
  freshMs: 1000,
  minReadIntervalMs: 100,
  absentLimitMs: 2000,
  moveLimitMs: 8000,
  settleLimitMs: 2500,
  drainLimitMs: 30_000,
  replyGraceMs: 500,
};

/** Placement by leases in the actor store: no separate process, no global lock; only moving partitions are blocked. */
export function leasePlacement(options: PlacementOptions): Placement {
  return new LeasePlacement(options);
}

const partitions = Array.from({ length: partitionCount }, (_, at) => at);
const emptyTable = new PlacementTable({ hosts: [], owned: [] });

class LeasePlacement implements Placement {
  readonly #store: OwnershipStore;
  readonly #self: PlacementOptions['self'];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timing: PlacementTiming;
  readonly #onHostLost: ((host: ActorHost) => void) | undefined;
  readonly #slots = new PlacementSlots();
  #status: PlacementStatus = '';
  #table = emptyTable;
  #readAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  /** Monotonic time after which no turn may begin. */
  #turnsUntil = Number.NEGATIVE_INFINITY;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #listener: PartitionListener | undefined;
  #types: readonly string[] = [];
  #reading: Promise<void> | undefined;
  #leaving: Promise<void> | undefined;
  #isClosed = false;
  readonly #draining = new Set<Promise<void>>();
  #cancelHeartbeat: Cancel = () => {};
  #cancelLeaseTimer: Cancel = () => {};

  constructor(options: PlacementOptions) {
    this.#store = options.store;
    this.#self = options.self;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#timing = { ...placementTiming, ...options.timing };
    this.#onHostLost = options.onHostLost;
  }

  get status(): PlacementStatus {
    return this.#status;
  }

  fence(type: string, partition: number): Fence | undefined {
    const slot = this.#slots.get(type, partition);
    if (slot?.state !== 'owned' || this.#clock.monotonic() >= this.#turnsUntil) return undefined;
    return slot.fence;
  }

  fences(): readonly Fence[] {
    return this.#clock.monotonic() < this.#turnsUntil ? this.#slots.owned() : [];
  }

  async find(call: Call, type: string, partition: number): Promise<'here' | ActorHost> {
    const { freshMs, minReadIntervalMs, drainLimitMs } = this.#timing;
    const requestedAt = this.#clock.monotonic();
    let startedAt = requestedAt;
    let problem: unknown;
    for (;;) {
      if (this.fence(type, partition)) return 'here';
      const now = this.#clock.monotonic();
      // A running turn delays the release; the move begins when it has ended.
      if (this.#slots.get(type, partition)?.state === 'leaving' && now - requestedAt < drainLimitMs) startedAt = now;
      const age = now - this.#readAt;
      const owner = this.#table.ownerOf(type, partition)?.host;
      // A very old table is useless; with a slightly old one a wrong owner rejects the call.
      if (owner && owner.id !== this.#self.id && age < 10 * freshMs) {
        if (age > freshMs) this.#read().catch(() => {});
        return owner;
      }
      const limitMs = this.#ownerLimitMs(type);
      const waitedMs = now - startedAt;
      if (waitedMs >= limitMs) throw this.#noOwnerError(type, waitedMs, problem);
      if (this.#clock.monotonic() - this.#triedAt < minReadIntervalMs)
        await sleep(this.#clock, Math.min(minReadIntervalMs, limitMs - waitedMs), call.signal);
      problem = await this.#read().then(
        () => undefined,
        (cause: unknown) => cause,
      );
    }
  }

  #ownerLimitMs(type: string): number {
    if (this.#table.hostsOf(type).length > 0) return this.#timing.moveLimitMs;
    return this.#isClosed ? 0 : this.#timing.absentLimitMs;
  }

  async refresh(call: Call, olderThanMs = 0): Promise<void> {
    call.signal.throwIfAborted();
    if (this.#clock.monotonic() - this.#triedAt < Math.max(olderThanMs, this.#timing.minReadIntervalMs)) return;
    // The caller looks up the owner again in any case; an unavailable store shows there.
    await this.#read().catch((cause: unknown) =>
      this.#log.debug({ cause: textOf(cause) }, 'reading the placement failed'),
    );
  }

  reportLost(fence: Fence): void {
    const slot = this.#slots.get(fence.type, fence.partition);
    if (slot?.fence !== fence) return;
    if (slot.state === 'owned')
      this.#log.warn({ type: fence.type, partition: fence.partition }, 'another host has taken over a partition');
    this.#drain([slot], 0, false);
  }

  async host(types: readonly string[], listener: PartitionListener): Promise<void> {
    await this.#leaving;
    if (this.#isClosed) return;
    this.#listener = listener;
    this.#types = types;
    // A running read does not know these types yet.
    await this.#reading?.catch(() => {});
    await this.#heartbeat();
  }

  async whenSettled(signal: AbortSignal): Promise<void> {
    const { minReadIntervalMs, settleLimitMs } = this.#timing;
    const until = this.#clock.monotonic() + settleLimitMs;
    while (!this.#hasFullShare() && this.#clock.monotonic() < until) {
      await sleep(this.#clock, minReadIntervalMs, signal).catch(() => {});
      if (signal.aborted || !this.#listener) return;
      await this.#read().catch((cause: unknown) =>
        this.#log.debug({ cause: textOf(cause) }, 'reading the placement failed'),
      );
    }
  }

  #hasFullShare(): boolean {
    const isMissing = (type: string): boolean =>
      partitions.some(
        (at) => !this.#slots.get(type, at) && this.#table.preferredHostOf(type, at)?.id === this.#self.id,
      );
    return !this.#types.some(isMissing);
  }

  leave(): Promise<void> {
    if (this.#listener) this.#leaving ??= this.#leave().finally(() => (this.#leaving = undefined));
    return this.#leaving ?? Promise.resolve();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.leave();
  }

  async #leave(): Promise<void> {
    this.#types = [];
    await this.#reading?.catch(() => {});
    // The lease is renewed until the last turn has ended, and other hosts see that this one offers no types any more.
    void this.#heartbeat();
    this.#drain([...this.#slots.all()], this.#timing.drainLimitMs, this.#status === 'connected');
    while (this.#draining.size > 0) await Promise.all(this.#draining);
    this.#cancelHeartbeat();
    this.#cancelLeaseTimer();
    this.#listener = undefined;
    this.#turnsUntil = Number.NEGATIVE_INFINITY;
    // A running heartbeat would register this host again.
    await this.#reading?.catch(() => {});
    const timeoutError = (): Error => actorNoPlacement('the store did not respond in time');
    await withTimeout(this.#clock, this.#timing.leaseMs, () => this.#store.leave(this.#self.id), timeoutError).catch(
      (cause: unknown) =>
        this.#log.warn({ cause: textOf(cause) }, 'leaving the placement failed; the lease will expire'),
    );
  }

  /** One heartbeat now, and the next one on schedule. Never rejects. */
  async #heartbeat(): Promise<void> {
    this.#cancelHeartbeat();
    this.#cancelHeartbeat = this.#clock.after(this.#timing.heartbeatMs, () => void this.#heartbeat());
    try {
      await this.#read();
    } catch (cause) {
      const ageMs = Math.round(this.#clock.monotonic() - this.#renewedAt);
      this.#log.warn({ cause: textOf(cause), ageMs }, 'placement heartbeat failed, will retry');
    }
  }

  /** Reads the table; a host renews its lease with it. Concurrent callers share one read. */
  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    const { leaseMs } = this.#timing;
    const timeoutError = (): Error => actorNoPlacement(`the store did not respond within ${leaseMs} ms`);
    const self: ActorHost | undefined = this.#listener && { ...this.#self, types: this.#types };
    const sentAt = this.#clock.monotonic();
    try {
      const table = await withTimeout(
        this.#clock,
        leaseMs,
        () => (self ? this.#store.heartbeat(self, leaseMs) : this.#store.read()),
        timeoutError,
      );
      const before = this.#table;
      this.#table = new PlacementTable(table);
      this.#readAt = this.#clock.monotonic();
      this.#status = 'connected';
      this.#reportLostHosts(before);
    } catch (cause) {
      this.#status = 'disconnected';
      throw cause;
    } finally {
      this.#triedAt = this.#clock.monotonic();
    }
    if (!self || !this.#listener) return;
    this.#renew(sentAt);
    await this.#reconcile(self, this.#listener);
  }

  #reportLostHosts(before: PlacementTable): void {
    for (const host of before.hosts) {
      if (host.id === this.#self.id || this.#table.hasHost(host)) continue;
      this.#clock.after(this.#timing.replyGraceMs, () => {
        if (!this.#table.hasHost(host)) this.#onHostLost?.(host);
      });
    }
  }

  /** The store counts the lease from receiving the heartbeat, which is not before it was sent. */
  #renew(sentAt: number): void {
    const { stopAfterMs } = this.#timing;
    this.#renewedAt = sentAt;
    this.#turnsUntil = sentAt + stopAfterMs;
    this.#cancelLeaseTimer();
    this.#cancelLeaseTimer = this.#clock.after(this.#turnsUntil - this.#clock.monotonic(), () => {
      const slots = [...this.#slots.all()];
      if (slots.length === 0) return;
      this.#log.error({ partitions: slots.length }, 'heartbeats fail: no turns until the lease can be renewed');
      this.#status = 'disconnected';
      this.#drain(slots, this.#remainingMs(), false);
    });
  }

  #remainingMs(): number {
    return Math.max(0, this.#renewedAt + this.#timing.endAfterMs - this.#clock.monotonic());
  }

  async #reconcile(self: ActorHost, listener: PartitionListener): Promise<void> {
    const { lost, toRelease, adopted, toClaim } = changesFor(self, this.#table, this.#slots);
    if (lost.length > 0) {
      this.#log.warn({ partitions: lost.length }, 'partitions were lost to other hosts');
      this.#drain(lost, 0, false);
    }
    // Draining may take long; heartbeats must not wait for it.
    if (toRelease.length > 0) this.#drain(toRelease, this.#timing.drainLimitMs, true);
    const claims = [...toClaim].map(([type, partitions]) => this.#store.claim(self, type, partitions));
    const timeoutError = (): Error => actorNoPlacement('partitions could not be claimed in time');
    const claimed = await withTimeout(this.#clock, this.#timing.leaseMs, () => Promise.all(claims), timeoutError);
    const acquired = [...adopted, ...claimed.flat()];
    if (acquired.length === 0) return;
    for (const fence of acquired) this.#slots.add(fence);
    listener.onAcquired(acquired);
  }

  /** No turn begins there from now on. Emptied partitions are released if requested. */
  #drain(slots: readonly Slot[], limitMs: number, isReleased: boolean): void {
    const fences: Fence[] = [];
    const leaving: Fence[] = [];
    for (const slot of slots) {
      (slot.state === 'owned' ? fences : leaving).push(slot.fence);
      slot.state = 'leaving';
    }
    // Partitions that are already leaving may have less time now.
    if (leaving.length > 0) void this.#listener?.onRevoked(leaving, limitMs, () => {});
    if (fences.length === 0) return;
    const emptied = this.#drainAndRelease(fences, limitMs, isReleased).finally(() => this.#draining.delete(emptied));
    this.#draining.add(emptied);
  }

  async #drainAndRelease(fences: readonly Fence[], limitMs: number, isReleased: boolean): Promise<void> {
    const empty: Fence[] = [];
    let released = Promise.resolve();
    const timeoutError = (): Error => actorNoPlacement('partitions were not released in time');
    const release = async (): Promise<void> => {
      const batch = empty.splice(0);
      try {
        if (!isReleased) return;
        await withTimeout(this.#clock, this.#timing.leaseMs, () => this.#store.release(batch), timeoutError);
        this.#slots.markReleased(batch);
      } catch (cause) {
        this.#log.warn({ partitions: batch.length, cause: textOf(cause) }, 'releasing partitions failed');
      } finally {
        for (const fence of batch) this.#slots.remove(fence);
      }
    };
    await this.#listener?.onRevoked(fences, limitMs, (fence) => {
      empty.push(fence);
      // One batch at a time releases all partitions that became empty during the previous one.
      if (empty.length === 1) released = released.then(release);
    });
    await released;
  }

  #noOwnerError(type: string, waitedMs: number, problem: unknown): Error {
    if (problem !== undefined) return withCause(actorNoPlacement(textOf(problem)), problem);
    const hosts = this.#table.hostsOf(type);
    const reason =
      hosts.length > 0
        ? `${hosts.map((host) => host.address).join(', ')} offer type ${type}, but none owned it within ${Math.round(waitedMs)} ms`
        : `no host offers actor type ${type} (waited ${Math.round(waitedMs)} ms); ${this.#table.describe()}`;
    return actorNoAddress(reason);
  }
}
