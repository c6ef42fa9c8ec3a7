/** Randomness is injected, so that a run can be repeated from its seed. */
export interface Random {
  /** At least 0, below 1. */
  random(): number;
  /** A version 4 UUID, lower case. */
  uuid(): string;
  /** `bytes` random bytes as lower-case hex digits: 16 for a trace id, 8 for a span id. */
  hex(bytes: number): string;
}

/** The same sequence for the same seed; for tests and simulation, never for secrets. */
export function seededRandom(seed = 1): Random {
  let state = seed >>> 0;
  // mulberry32: small, fast and good enough to spread test cases
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const hex = (bytes: number): string =>
    Array.from({ length: bytes }, () =>
      Math.floor(random() * 256)
        .toString(16)
        .padStart(2, '0'),
    ).join('');
  const uuid = (): string => {
    const h = hex(16);
    const variant = ((Number.parseInt(h.slice(16, 17), 16) & 3) | 8).toString(16);
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20)}`;
  };
  return { random, uuid, hex };
}
