const retryDelaysMs = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** The delay after this many consecutive failures. */
export const retryDelayMs = (failures: number): number =>
  retryDelaysMs[Math.min(failures, retryDelaysMs.length) - 1] ?? 1_000;
