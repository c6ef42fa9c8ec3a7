import { isJobCapable } from '#blocks/jobs/job-capable.ts';
import { jobRunner } from '#blocks/jobs/job-runner.ts';
import type { JobStore } from '#blocks/jobs/job-store.ts';
import { jobsBlock } from '#blocks/jobs/jobs.ts';
import type { JobsBlock } from '#blocks/jobs/jobs.ts';
import { readSchedule } from '#components/cron/schedule.ts';
import { memoryJobStore } from '#components/memory/job-store.ts';
import { jobAppFor } from '../app-protocol.ts';
import { commonOptions } from './block-options.ts';
import type { AppWorker, BlockOptions } from './block-options.ts';

interface Jobs {
  readonly jobs: JobsBlock;
  /** Runs due jobs. */
  readonly workers: readonly AppWorker[];
  readonly close: () => Promise<void>;
}

export function makeJobs(options: BlockOptions): Jobs {
  const { channel, config, dependencies } = options;
  const common = { ...commonOptions(options), readSchedule };
  const store = jobStoreOf(options);
  const runner = store && jobRunner({ ...common, store, log: dependencies.log.scoped('dapr.runtime.scheduler') });
  const jobs = jobsBlock({
    ...common,
    owner: { appId: config.appId, namespace: config.namespace || 'default' },
    store,
    onChange: (name) => runner?.changed(name),
  });
  const workers = channel &&
    runner && [
      {
        start: async () => runner.start(await jobAppFor(channel)),
        stop: (drainMs: number) => runner.stop(drainMs),
      },
    ];
  return { jobs, workers: workers ?? [], close: async () => await store?.close() };
}

/**
 * Jobs are stored with actors. When the actor store does not support jobs, or a scheduler address is set, as in command
 * lines written for the reference, they are stored in memory; otherwise there are no jobs, as with a reference without
 * scheduler.
 */
function jobStoreOf({ components, config, dependencies }: BlockOptions): JobStore | undefined {
  const log = dependencies.log.scoped('dapr.runtime.scheduler');
  let isRequested = config.schedulerAddress !== '';
  for (const { name, metadata, port } of components.stateStores.values()) {
    if (metadata['actorstatestore']?.toLowerCase() !== 'true') continue;
    if (isJobCapable(port)) return port.jobStore(`${config.namespace || 'default'}||${config.appId}`);
    log.debug({ component: name }, 'this state store supports actors but not jobs');
    isRequested = true;
  }
  if (!isRequested) {
    const remedy = 'mark a state store with actorStateStore: true to have jobs';
    log.info({}, `No scheduler host addresses provided. Scheduler disabled: ${remedy}`);
    return undefined;
  }
  log.warn({}, 'no state store for jobs: they are stored in memory and lost when this sidecar stops');
  return memoryJobStore(dependencies.clock);
}
