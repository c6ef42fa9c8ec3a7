import { type ActorHost, type Fence, partitionCount } from '#blocks/actors/ports.ts';
import type { PlacementSlots, Slot } from './placement-slots.ts';
import type { PlacementTable } from './placement-table.ts';

/** The changes that bring a host to its desired share. */
export interface PlacementChanges {
  /** Owned here, but the table names another owner. */
  readonly lost: readonly Slot[];
  /** To be drained and released to the host that should own them. */
  readonly toRelease: readonly Slot[];
  /**
   * Owned by this host according to the table, but not known here: a claim whose response was lost, or a lease that
   * outlived an outage.
   */
  readonly adopted: readonly Fence[];
  /** Without an owner, and this host should own them; by type. */
  readonly toClaim: ReadonlyMap<string, readonly number[]>;
}

export function changesFor(self: ActorHost, table: PlacementTable, slots: PlacementSlots): PlacementChanges {
  const lost: Slot[] = [];
  const toRelease: Slot[] = [];
  const adopted: Fence[] = [];
  const toClaim = new Map<string, number[]>();
  const offered = new Set(self.types);
  for (const slot of slots.all()) {
    if (slot.state === 'leaving') continue;
    const { type, partition, epoch } = slot.fence;
    const row = table.ownerOf(type, partition);
    if (row?.host.id !== self.id || row.epoch !== epoch) lost.push(slot);
    else if (!offered.has(type) || table.preferredHostOf(type, partition)?.id !== self.id) toRelease.push(slot);
  }
  for (const type of self.types) {
    for (let partition = 0; partition < partitionCount; partition++) {
      if (slots.get(type, partition)) continue;
      const row = table.ownerOf(type, partition);
      if (row?.host.id === self.id) {
        const { epoch } = row;
        if (!slots.isReleased(type, partition, epoch)) adopted.push({ type, partition, hostId: self.id, epoch });
      } else if (!row && table.preferredHostOf(type, partition)?.id === self.id) {
        const partitions = toClaim.get(type);
        if (partitions) partitions.push(partition);
        else toClaim.set(type, [partition]);
      }
    }
  }
  return { lost, toRelease, adopted, toClaim };
}
