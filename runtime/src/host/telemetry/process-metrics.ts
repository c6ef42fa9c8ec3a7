import { cpuUsage, memoryUsage, uptime } from 'node:process';

/** The process metrics of Prometheus' client libraries, under their usual names. */
export function processMetrics(): string {
  const { user, system } = cpuUsage();
  const rows: readonly (readonly [name: string, type: string, value: number])[] = [
    ['process_cpu_seconds_total', 'counter', (user + system) / 1e6],
    ['process_resident_memory_bytes', 'gauge', memoryUsage.rss()],
    ['process_start_time_seconds', 'gauge', Date.now() / 1000 - uptime()],
  ];
  return rows.map(([name, type, value]) => `# TYPE ${name} ${type}\n${name} ${value}\n`).join('');
}
