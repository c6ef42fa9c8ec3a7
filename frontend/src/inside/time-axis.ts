export interface Span {
  readonly startedAt: number;
  readonly durationMs: number;
}

export interface Wait {
  /** From 0 to 1. */
  readonly position: number;
  readonly width: number;
  readonly ms: number;
}

export interface TimeAxis {
  /** From 0 to 1. */
  readonly position: (ms: number) => number;
  readonly waits: readonly Wait[];
  readonly busyMs: number;
  readonly totalMs: number;
}

/** A pause longer than this is drawn at a fixed width with its duration as text. */
const pauseMs = 400;
const waitShare = 0.05;

/**
 * Maps time to a position on the axis. Work takes milliseconds and waiting takes seconds, so waits are drawn at a fixed
 * width: otherwise all work would be one pixel wide.
 */
export const timeAxis = (spans: readonly Span[]): TimeAxis => {
  const busy = mergeSpans(spans);
  const gaps = busy.slice(1).map((span, index) => span.from - (busy[index]?.to ?? span.from));
  const busyMs = Math.max(
    busy.reduce((sum, span) => sum + span.to - span.from, 0),
    0.001,
  );
  const share = gaps.length === 0 ? 0 : Math.min(waitShare, 0.5 / gaps.length);
  const scale = (1 - share * gaps.length) / busyMs;
  const positioned: { readonly from: number; readonly to: number; readonly position: number }[] = [];
  const waits: Wait[] = [];
  let position = 0;
  busy.forEach((span, index) => {
    positioned.push({ ...span, position });
    position += (span.to - span.from) * scale;
    const gap = gaps[index];
    if (gap === undefined) return;
    waits.push({ position, width: share, ms: gap });
    position += share;
  });
  return {
    position(ms) {
      const span = positioned.findLast((each) => each.from <= ms) ?? positioned[0];
      if (span === undefined) return 0;
      return Math.min(1, Math.max(0, span.position + (Math.min(ms, span.to) - span.from) * scale));
    },
    waits,
    busyMs,
    totalMs: (busy.at(-1)?.to ?? 0) - (busy[0]?.from ?? 0),
  };
};

const mergeSpans = (spans: readonly Span[]): readonly { readonly from: number; readonly to: number }[] => {
  const merged: { from: number; to: number }[] = [];
  for (const { startedAt, durationMs } of spans.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const last = merged.at(-1);
    if (last !== undefined && startedAt - last.to <= pauseMs) last.to = Math.max(last.to, startedAt + durationMs);
    else merged.push({ from: startedAt, to: startedAt + durationMs });
  }
  return merged;
};
