import type { Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** What a service counts, in Prometheus's text format at `/metrics` for staff. */
export interface Metrics {
  /** Adds one. Labels must have few values: never ids. */
  count(name: string, help: string, labels?: Labels): void;
  /** A number that is read at each scrape; one that throws is left out. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  /** All of it, and with `isProcess` memory, event loop and processor time of the process. */
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
}

interface Count {
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly values: Map<string, { readonly labels: Labels; value: number }>;
}

/** The library is loaded at the first scrape: a start does not wait for it. */
export function metricsOf(app: string, { isProcess = false } = {}): Metrics {
  const counts = new Map<string, Count>();
  const gauges: { readonly name: string; readonly help: string; readonly read: () => number | Promise<number> }[] = [];
  let processRegistry: Registry | undefined;

  const registries = async (): Promise<readonly Registry[]> => {
    const { Counter, Gauge, Registry, collectDefaultMetrics } = await import('prom-client');
    if (isProcess && processRegistry === undefined) {
      processRegistry = new Registry();
      collectDefaultMetrics({ register: processRegistry, labels: { app } });
    }
    const registry = new Registry();
    registry.setDefaultLabels({ app });
    for (const [name, { help, labelNames, values }] of counts) {
      const counter = new Counter({ name, help, labelNames, registers: [registry] });
      for (const { labels, value } of values.values()) counter.inc(labels, value);
    }
    for (const { name, help, read } of gauges) {
      const value = await valueOf(read);
      if (value !== undefined) new Gauge({ name, help, registers: [registry] }).set(value);
    }
    return processRegistry === undefined ? [registry] : [registry, processRegistry];
  };

  return {
    count(name, help, labels = {}) {
      const entry = counts.get(name) ?? { help, labelNames: Object.keys(labels), values: new Map() };
      counts.set(name, entry);
      const key = JSON.stringify(labels);
      const series = entry.values.get(key) ?? { labels, value: 0 };
      series.value += 1;
      entry.values.set(key, series);
    },
    gauge: (name, help, read) => void gauges.push({ name, help, read }),
    async text() {
      const all = await registries();
      const texts = await Promise.all(all.map((registry) => registry.metrics()));
      return { contentType: all[0]?.contentType ?? 'text/plain', text: texts.join('\n') };
    },
  };
}

async function valueOf(read: () => number | Promise<number>): Promise<number | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}
