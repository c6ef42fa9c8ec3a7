type Labels = Readonly<Record<string, string>>;

/** A counter. `of` resolves the series of some labels once, for frequent counting. */
export interface Counter {
  of(labels: Labels): (amount?: number) => void;
}

/** A gauge. */
export interface Gauge {
  /** Undefined removes the series. */
  set(labels: Labels, value: number | undefined): void;
}

/** A histogram: observations per bucket. */
export interface Histogram {
  of(labels: Labels): (value: number) => void;
}

export interface MetricsRegistry {
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  /** All metrics in Prometheus' text format. */
  render(): string;
}

interface Family {
  readonly head: string;
  lines(): Iterable<string>;
}

interface Series {
  readonly labels: string;
  readonly counts: number[];
  sum: number;
  count: number;
}

/** The reference's size buckets in bytes, from 1 KiB to 4 GiB. */
export const sizeBounds: readonly number[] = [
  1, 2, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304,
].map((kib) => kib * 1024);

/** The reference's latency buckets, milliseconds. */
export const latencyBounds: readonly number[] = [
  1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 300, 400, 500, 650, 800, 1000,
  2000, 5000, 10000, 20000, 50000, 100000,
];

/** Metrics that upstream does not have are prefixed with `outrigger_`. */
function nameOf(name: string): string {
  return name.startsWith('outrigger_') ? name : `dapr_${name}`;
}

/**
 * Counts in memory. Every series has the `common` labels; names get the prefix `dapr_` unless they begin with
 * `outrigger_`.
 */
export function metricsRegistry(common: Labels): MetricsRegistry {
  const families: Family[] = [];
  const single = (name: string, help: string, type: 'counter' | 'gauge') => {
    /** Undefined before the first count: such a series is not rendered. */
    const values = new Map<string, { value: number | undefined }>();
    families.push({
      head: `# HELP ${nameOf(name)} ${help}\n# TYPE ${nameOf(name)} ${type}\n`,
      *lines() {
        for (const [labels, { value }] of values)
          if (value !== undefined) yield `${nameOf(name)}{${labels}} ${value}\n`;
      },
    });
    return values;
  };
  return {
    counter(name, help) {
      const values = single(name, help, 'counter');
      return {
        of: remembered((labels) => {
          const key = render({ ...common, ...labels });
          const one = values.get(key) ?? { value: undefined };
          values.set(key, one);
          return (amount = 1) => void (one.value = (one.value ?? 0) + amount);
        }),
      };
    },
    gauge(name, help) {
      const values = single(name, help, 'gauge');
      return { set: (labels, value) => void values.set(render({ ...common, ...labels }), { value }) };
    },
    histogram(name, help, bounds) {
      const series = new Map<string, Series>();
      families.push({
        head: `# HELP dapr_${name} ${help}\n# TYPE dapr_${name} histogram\n`,
        *lines() {
          for (const one of series.values()) yield* histogramLines(name, one, bounds);
        },
      });
      return {
        of: remembered((labels) => {
          const key = render({ ...common, ...labels });
          const existing = series.get(key);
          const one: Series = existing ?? { labels: key, counts: bounds.map(() => 0), sum: 0, count: 0 };
          if (!existing) series.set(key, one);
          return (value) => {
            const slot = firstAtLeast(bounds, value);
            if (slot < bounds.length) one.counts[slot] = (one.counts[slot] ?? 0) + 1;
            one.sum += value;
            one.count++;
          };
        }),
      };
    },
    render: () => families.map((family) => withHead(family)).join(''),
  };
}

/** Labels are rendered once for each series, not once for each call that counts. */
function remembered<T>(seriesOf: (labels: Labels) => T): (labels: Labels) => T {
  const byLabels = new Map<string, T>();
  return (labels) => {
    let text = '';
    for (const name of Object.keys(labels)) text += `${name}\0${labels[name]}\0`;
    const existing = byLabels.get(text);
    if (existing !== undefined) return existing;
    const series = seriesOf(labels);
    byLabels.set(text, series);
    return series;
  };
}

function withHead(family: Family): string {
  const lines = [...family.lines()];
  return lines.length === 0 ? '' : family.head + lines.join('');
}

function* histogramLines(name: string, series: Series, bounds: readonly number[]): Iterable<string> {
  let below = 0;
  for (let i = 0; i < bounds.length; i++) {
    below += series.counts[i] ?? 0;
    yield `dapr_${name}_bucket{${series.labels},le="${bounds[i]}"} ${below}\n`;
  }
  yield `dapr_${name}_bucket{${series.labels},le="+Inf"} ${series.count}\n`;
  yield `dapr_${name}_sum{${series.labels}} ${series.sum}\ndapr_${name}_count{${series.labels}} ${series.count}\n`;
}

function firstAtLeast(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bounds[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Also the key of a series: labels are sorted, so that the same labels always give the same text. */
function render(labels: Labels): string {
  let text = '';
  for (const name of Object.keys(labels).sort()) {
    const value = labels[name] ?? '';
    text += `${text === '' ? '' : ','}${name}="${/["\\\n]/.test(value) ? escape(value) : value}"`;
  }
  return text;
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
