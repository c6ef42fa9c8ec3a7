import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** What a service counts, in Prometheus's text format at `/metrics` for staff. */
export interface Metrics {
  readonly registry: Registry;
  /** Adds one. Labels must have few values: never ids. */
  count(name: string, help: string, labels?: Readonly<Record<string, string>>): void;
  /** A number that is read when it is asked for; what throws is left out. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
}

export function metricsOf(app: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  const counters = new Map<string, Counter>();
  return {
    registry,
    count(name, help, labels = {}) {
      const counter =
        counters.get(name) ?? new Counter({ name, help, labelNames: Object.keys(labels), registers: [registry] });
      counters.set(name, counter);
      counter.inc(labels);
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          try {
            this.set(await read());
          } catch {
            this.reset();
          }
        },
      });
    },
  };
}

/** Memory, event loop and processor time of the process. Once for each registry. */
export const collectProcessMetrics = ({ registry }: Metrics): void => collectDefaultMetrics({ register: registry });
