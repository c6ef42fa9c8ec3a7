import type { Fence } from '#blocks/actors/ports.ts';

/** One partition that this host owns. While `leaving` it runs no new turn. */
export interface Slot {
  readonly fence: Fence;
  state: 'owned' | 'leaving';
}

/** The partitions that this host owns. */
export class PlacementSlots {
  readonly #byType = new Map<string, (Slot | undefined)[]>();
  /** By type and partition, the epoch under which it was last released. */
  readonly #releasedEpochs = new Map<string, number[]>();

  get(type: string, partition: number): Slot | undefined {
    return this.#byType.get(type)?.[partition];
  }

  add(fence: Fence): void {
    let slots = this.#byType.get(fence.type);
    if (!slots) this.#byType.set(fence.type, (slots = []));
    slots[fence.partition] = { fence, state: 'owned' };
  }

  /** Does nothing when the partition is owned under another fence by now. */
  remove(fence: Fence): void {
    const slots = this.#byType.get(fence.type);
    if (slots?.[fence.partition]?.fence === fence) slots[fence.partition] = undefined;
  }

  /** The store has released these. */
  markReleased(fences: readonly Fence[]): void {
    for (const { type, partition, epoch } of fences) {
      let epochs = this.#releasedEpochs.get(type);
      if (!epochs) this.#releasedEpochs.set(type, (epochs = []));
      epochs[partition] = epoch;
    }
  }

  /** A row with this epoch was read before it was released. */
  isReleased(type: string, partition: number, epoch: number): boolean {
    return this.#releasedEpochs.get(type)?.[partition] === epoch;
  }

  *all(): Generator<Slot> {
    for (const slots of this.#byType.values()) for (const slot of slots) if (slot) yield slot;
  }

  owned(): Fence[] {
    const fences: Fence[] = [];
    for (const { fence, state } of this.all()) if (state === 'owned') fences.push(fence);
    return fences;
  }
}
