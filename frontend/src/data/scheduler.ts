/** Time and visibility, so that tests bring their own. */
export interface Scheduler {
  /** Runs something once after a while; returns a function that cancels it. */
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

/** How long to wait after this many failures in a row. */
export const retryDelayMs = (failures: number): number =>
  retryDelaysMs[Math.min(failures, retryDelaysMs.length) - 1] ?? 1_000;
