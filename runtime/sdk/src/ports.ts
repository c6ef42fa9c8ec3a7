/** Time as the SDK needs it; the runtime's own clocks fit. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
}

/** Randomness as the SDK needs it. */
export interface Random {
  /** At least 0, below 1. */
  random(): number;
  /** A version 4 UUID. */
  uuid(): string;
}
