/** Deterministic variation of one product: proportions, colourway, details. */
export interface Variation {
  /** Selects one of `count` forms; consecutive variants get different ones. */
  form(count: number): number;
  /** One of four assignments of tones. */
  readonly colourway: number;
  between(low: number, high: number): number;
  coinFlip(): boolean;
}

export const variationOf = (variant: number): Variation => {
  const integer = Math.abs(Math.trunc(Number.isFinite(variant) ? variant : 0));
  let state = (integer + 1) * 0x9e3779b1;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    form: (count) => integer % count,
    colourway: (integer + Math.floor(integer / 4)) % 4,
    between: (low, high) => low + (high - low) * next(),
    coinFlip: () => next() < 0.5,
  };
};
