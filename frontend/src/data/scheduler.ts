/** Time and page visibility, injected for tests. */
export interface Scheduler {
  /** Runs a function once after a delay; returns a function that cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly isVisible: () => boolean;
}

export const browserScheduler: Scheduler = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  isVisible: () => !document.hidden,
};

const retryDelaysMs = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** The delay after this many consecutive failures. */
export const retryDelayMs = (failures: number): number =>
  retryDelaysMs[Math.min(failures, retryDelaysMs.length) - 1] ?? 1_000;
