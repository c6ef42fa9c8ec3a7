import type { Call } from '#core/call.ts';
import { type Cancel, type Clock, sleep } from '#core/clock.ts';
import { within } from '#core/deadline.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { actorNoAddress, actorNoPlacement } from '#blocks/actors/errors.ts';
import type { Placement, PlacementStatus, Tenant } from '#blocks/actors/placement.ts';
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
  /** The lease of another host is over, and it is not coming back: what waits for its replies waits in vain. */
  readonly hostLost?: (host: ActorHost) => void;
}

export interface PlacementTiming {
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  /** No turn begins when the last heartbeat that came through is this old: the lease must outlive those under way. */
  readonly stopAfterMs: number;
  /** At this age the last turn is ended. */
  readonly endAfterMs: number;
  /** What is known of other hosts is read again in the background when it is older. */
  readonly freshMs: number;
  /** Readings on behalf of callers are at least this far apart. */
  readonly gapMs: number;
  /** How long a call waits for an owner when no host offers the type, and when one does. */
  readonly absentLimitMs: number;
  readonly moveLimitMs: number;
  /** How long a host waits for its share before it calls itself settled. */
  readonly settleLimitMs: number;
  /** No drain takes longer. */
  readonly drainLimitMs: number;
  /** How long replies of a host that has left may still be on their way. */
  readonly replyGraceMs: number;
}

export const placementTiming: PlacementTiming = {
  heartbeatMs: 1000,
  leaseMs: 5000,
  stopAfterMs: 3000,
  endAfterMs: 4500,
  freshMs: 1000,
  gapMs: 100,
  absentLimitMs: 2000,
  moveLimitMs: 8000,
  settleLimitMs: 2500,
  drainLimitMs: 30_000,
  replyGraceMs: 500,
};

/** Placement by leases in the actor store: no process of its own, no global lock; only what moves is held up. */
export function leasePlacement(options: PlacementOptions): Placement {
  return new LeasePlacement(options);
}

const partitions = Array.from({ length: partitionCount }, (_, at) => at);
const nothing = new PlacementTable({ hosts: [], owned: [] });

class LeasePlacement implements Placement {
  readonly #store: OwnershipStore;
  readonly #self: PlacementOptions['self'];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timing: PlacementTiming;
  readonly #hostLost: ((host: ActorHost) => void) | undefined;
  readonly #slots = new PlacementSlots();
  #status: PlacementStatus = '';
  #table = nothing;
  #readAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  /** Monotonic time after which no turn may begin. */
  #turnsUntil = Number.NEGATIVE_INFINITY;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #tenant: Tenant | undefined;
  #types: readonly string[] = [];
  #reading: Promise<void> | undefined;
  #leaving: Promise<void> | undefined;
  #isClosed = false;
  readonly #vacating = new Set<Promise<void>>();
  #cancelBeat: Cancel = () => {};
  #cancelWatch: Cancel = () => {};

  constructor(options: PlacementOptions) {
    this.#store = options.store;
    this.#self = options.self;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#timing = { ...placementTiming, ...options.timing };
    this.#hostLost = options.hostLost;
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
    const { freshMs, gapMs, drainLimitMs } = this.#timing;
    const askedAt = this.#clock.monotonic();
    let startedAt = askedAt;
    let problem: unknown;
    for (;;) {
      if (this.fence(type, partition)) return 'here';
      const now = this.#clock.monotonic();
      // A turn under way holds it back; its move begins when that has ended.
      if (this.#slots.get(type, partition)?.state === 'leaving' && now - askedAt < drainLimitMs) startedAt = now;
      const age = now - this.#readAt;
      const owner = this.#table.ownerOf(type, partition)?.host;
      // A reading of yesterday says nothing; one that is merely old is as good as the owner's refusal if it is wrong.
      if (owner && owner.id !== this.#self.id && age < 10 * freshMs) {
        if (age > freshMs) this.#read().catch(() => {});
        return owner;
      }
      const limitMs = this.#ownerLimitMs(type);
      const waitedMs = now - startedAt;
      if (waitedMs >= limitMs) throw this.#absent(type, waitedMs, problem);
      if (this.#clock.monotonic() - this.#triedAt < gapMs)
        await sleep(this.#clock, Math.min(gapMs, limitMs - waitedMs), call.signal);
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
    if (this.#clock.monotonic() - this.#triedAt < Math.max(olderThanMs, this.#timing.gapMs)) return;
    // Who asks looks again in any case; a store that does not answer shows there.
    await this.#read().catch((cause: unknown) => this.#log.debug({ cause: textOf(cause) }, 'placement was not read'));
  }

  lost(fence: Fence): void {
    const slot = this.#slots.get(fence.type, fence.partition);
    if (slot?.fence !== fence) return;
    if (slot.state === 'owned')
      this.#log.warn({ type: fence.type, partition: fence.partition }, 'another host has taken over a partition');
    this.#vacate([slot], 0, false);
  }

  async host(types: readonly string[], tenant: Tenant): Promise<void> {
    await this.#leaving;
    if (this.#isClosed) return;
    this.#tenant = tenant;
    this.#types = types;
    // A reading under way knows nothing of these types yet.
    await this.#reading?.catch(() => {});
    await this.#beat();
  }

  async settled(signal: AbortSignal): Promise<void> {
    const { gapMs, settleLimitMs } = this.#timing;
    const until = this.#clock.monotonic() + settleLimitMs;
    while (!this.#hasItsShare() && this.#clock.monotonic() < until) {
      await sleep(this.#clock, gapMs, signal).catch(() => {});
      if (signal.aborted || !this.#tenant) return;
      await this.#read().catch((cause: unknown) => this.#log.debug({ cause: textOf(cause) }, 'placement was not read'));
    }
  }

  #hasItsShare(): boolean {
    const isMissing = (type: string): boolean =>
      partitions.some((at) => !this.#slots.get(type, at) && this.#table.favouriteOf(type, at)?.id === this.#self.id);
    return !this.#types.some(isMissing);
  }

  leave(): Promise<void> {
    if (this.#tenant) this.#leaving ??= this.#leave().finally(() => (this.#leaving = undefined));
    return this.#leaving ?? Promise.resolve();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.leave();
  }

  async #leave(): Promise<void> {
    this.#types = [];
    await this.#reading?.catch(() => {});
    // The lease is renewed until the last turn has ended, and others see that this host offers nothing any more.
    void this.#beat();
    this.#vacate([...this.#slots.all()], this.#timing.drainLimitMs, this.#status === 'connected');
    while (this.#vacating.size > 0) await Promise.all(this.#vacating);
    this.#cancelBeat();
    this.#cancelWatch();
    this.#tenant = undefined;
    this.#turnsUntil = Number.NEGATIVE_INFINITY;
    // A heartbeat under way would make this host known again.
    await this.#reading?.catch(() => {});
    const late = (): Error => actorNoPlacement('the store did not answer in time');
    await within(this.#clock, this.#timing.leaseMs, () => this.#store.leave(this.#self.id), late).catch(
      (cause: unknown) => this.#log.warn({ cause: textOf(cause) }, 'could not leave; the lease ends by itself'),
    );
  }

  /** One heartbeat now, and the next one in time. Never rejects. */
  async #beat(): Promise<void> {
    this.#cancelBeat();
    this.#cancelBeat = this.#clock.after(this.#timing.heartbeatMs, () => void this.#beat());
    try {
      await this.#read();
    } catch (cause) {
      const ageMs = Math.round(this.#clock.monotonic() - this.#renewedAt);
      this.#log.warn({ cause: textOf(cause), ageMs }, 'a heartbeat failed, will try again');
    }
  }

  /** The newest table; a host renews its lease with it. One reading at a time serves all who ask meanwhile. */
  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    const { leaseMs } = this.#timing;
    const late = (): Error => actorNoPlacement(`the store did not answer within ${leaseMs} ms`);
    const self: ActorHost | undefined = this.#tenant && { ...this.#self, types: this.#types };
    const sentAt = this.#clock.monotonic();
    try {
      const table = await within(
        this.#clock,
        leaseMs,
        () => (self ? this.#store.heartbeat(self, leaseMs) : this.#store.read()),
        late,
      );
      const before = this.#table;
      this.#table = new PlacementTable(table);
      this.#readAt = this.#clock.monotonic();
      this.#status = 'connected';
      this.#noticeLost(before);
    } catch (cause) {
      this.#status = 'disconnected';
      throw cause;
    } finally {
      this.#triedAt = this.#clock.monotonic();
    }
    if (!self || !this.#tenant) return;
    this.#renew(sentAt);
    await this.#reconcile(self, this.#tenant);
  }

  #noticeLost(before: PlacementTable): void {
    for (const host of before.hosts) {
      if (host.id === this.#self.id || this.#table.knows(host)) continue;
      this.#clock.after(this.#timing.replyGraceMs, () => {
        if (!this.#table.knows(host)) this.#hostLost?.(host);
      });
    }
  }

  /** The store counts the lease from when it got the heartbeat, which is not before it was sent. */
  #renew(sentAt: number): void {
    const { stopAfterMs } = this.#timing;
    this.#renewedAt = sentAt;
    this.#turnsUntil = sentAt + stopAfterMs;
    this.#cancelWatch();
    this.#cancelWatch = this.#clock.after(this.#turnsUntil - this.#clock.monotonic(), () => {
      const slots = [...this.#slots.all()];
      if (slots.length === 0) return;
      this.#log.error({ partitions: slots.length }, 'heartbeats fail: no turns until the lease can be renewed');
      this.#status = 'disconnected';
      this.#vacate(slots, this.#msLeft(), false);
    });
  }

  #msLeft(): number {
    return Math.max(0, this.#renewedAt + this.#timing.endAfterMs - this.#clock.monotonic());
  }

  async #reconcile(self: ActorHost, tenant: Tenant): Promise<void> {
    const { lost, unwanted, adopted, free } = changesFor(self, this.#table, this.#slots);
    if (lost.length > 0) {
      this.#log.warn({ partitions: lost.length }, 'partitions were lost to other hosts');
      this.#vacate(lost, 0, false);
    }
    // Draining takes its time; heartbeats must not wait for it.
    if (unwanted.length > 0) this.#vacate(unwanted, this.#timing.drainLimitMs, true);
    const claims = [...free].map(([type, partitions]) => this.#store.claim(self, type, partitions));
    const late = (): Error => actorNoPlacement('partitions could not be claimed in time');
    const claimed = await within(this.#clock, this.#timing.leaseMs, () => Promise.all(claims), late);
    const gained = [...adopted, ...claimed.flat()];
    if (gained.length === 0) return;
    for (const fence of gained) this.#slots.add(fence);
    tenant.gained(gained);
  }

  /** No turn begins there from now on. Each that is empty is, if asked, given back. */
  #vacate(slots: readonly Slot[], limitMs: number, isGivenBack: boolean): void {
    const fences: Fence[] = [];
    const leaving: Fence[] = [];
    for (const slot of slots) {
      (slot.state === 'owned' ? fences : leaving).push(slot.fence);
      slot.state = 'leaving';
    }
    // Those that leave already may have less time now.
    if (leaving.length > 0) void this.#tenant?.vacate(leaving, limitMs, () => {});
    if (fences.length === 0) return;
    const emptied = this.#empty(fences, limitMs, isGivenBack).finally(() => this.#vacating.delete(emptied));
    this.#vacating.add(emptied);
  }

  async #empty(fences: readonly Fence[], limitMs: number, isGivenBack: boolean): Promise<void> {
    const empty: Fence[] = [];
    let released = Promise.resolve();
    const late = (): Error => actorNoPlacement('partitions could not be given back in time');
    const release = async (): Promise<void> => {
      const batch = empty.splice(0);
      try {
        if (!isGivenBack) return;
        await within(this.#clock, this.#timing.leaseMs, () => this.#store.release(batch), late);
        this.#slots.givenBack(batch);
      } catch (cause) {
        this.#log.warn({ partitions: batch.length, cause: textOf(cause) }, 'partitions were not given back cleanly');
      } finally {
        for (const fence of batch) this.#slots.remove(fence);
      }
    };
    await this.#tenant?.vacate(fences, limitMs, (fence) => {
      empty.push(fence);
      // One batch at a time takes all that became empty during the one before.
      if (empty.length === 1) released = released.then(release);
    });
    await released;
  }

  #absent(type: string, waitedMs: number, problem: unknown): Error {
    if (problem !== undefined) return withCause(actorNoPlacement(textOf(problem)), problem);
    const hosts = this.#table.hostsOf(type);
    const reason =
      hosts.length > 0
        ? `${hosts.map((host) => host.address).join(', ')} offer type ${type}, but none owned it within ${Math.round(waitedMs)} ms`
        : `no host offers actor type ${type} (waited ${Math.round(waitedMs)} ms); ${this.#table.describe()}`;
    return actorNoAddress(reason);
  }
}
