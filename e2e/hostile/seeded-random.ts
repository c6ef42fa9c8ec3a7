/** A random source that is reproducible: the same seed gives the same attack. */
export interface SeededRandom {
  /** An integer from 0 to `limit`, exclusive. */
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
  /** True with this probability in percent. */
  percent(cases: number): boolean;
  bytes(length: number): Buffer;
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick<T>(from: readonly T[]): T {
      if (from.length === 0) throw new RangeError('nothing to pick from');
      return from[below(from.length)] as T;
    },
    percent: (cases) => below(100) < cases,
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}

/** The seed of this run: HOSTILE_SEED to repeat one, else the same in every run. */
export function seedOfRun(): number {
  return Number(process.env.HOSTILE_SEED ?? 20_261_122);
}
