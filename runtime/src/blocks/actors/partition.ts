import { partitionCount } from './ports.ts';

/**
 * The partition an actor belongs to. All hosts must agree, also across versions: FNV-1a over the id's UTF-16 units,
 * then mixed so that ids which differ in their last character are distributed evenly.
 */
export function partitionOf(id: string): number {
  return mixed(fnv(0x811c9dc5, id)) % partitionCount;
}

/** The weight of a host for a partition; the one with the highest weight should own it (rendezvous hashing). */
export function weightOf(address: string, type: string, partition: number): number {
  const named = fnv(fnv(0x811c9dc5, address), type);
  return mixed(Math.imul(named ^ (partition + 1), 0x01000193));
}

function fnv(seed: number, text: string): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
