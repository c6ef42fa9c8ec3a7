/** A separate process for the load, which shares only the processor with the measured programs. */
import { httpLoad } from './http-load.ts';
import type { LoadJob, LoadResult } from './load-job.ts';

process.on('message', (job: LoadJob) => {
  void measure(job).then(
    (result) => process.send?.({ result }),
    (cause: unknown) => process.send?.({ error: String(cause) }),
  );
});
process.on('disconnect', () => process.exit());

async function measure(job: LoadJob): Promise<LoadResult> {
  const { timesMs, failures, elapsedMs } = await httpLoad(job);
  const sorted = Float64Array.from(timesMs).sort();
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return {
    perSecond: (timesMs.length - failures) / (elapsedMs / 1000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    calls: timesMs.length,
    failures,
  };
}
