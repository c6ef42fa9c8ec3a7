import type { JobsBlock } from '#blocks/jobs/jobs.ts';
import type { DaprRpcs } from './server.ts';

/** The alpha names are the stable operations. */
export function jobsRpcs(jobs: JobsBlock) {
  const rpcs = {
    scheduleJob: (call, request) => jobs.schedule(call, request).then(empty),
    getJob: async (call, { name }) => ({ job: await jobs.get(call, { name }) }),
    deleteJob: (call, { name }) => jobs.delete(call, { name }).then(empty),
    listJobs: async (call) => ({ jobs: [...(await jobs.list(call))] }),
    deleteJobsByPrefix: (call, { namePrefix }) => jobs.deleteByPrefix(call, { namePrefix }).then(empty),
  } satisfies DaprRpcs;
  return {
    ...rpcs,
    scheduleJobAlpha1: rpcs.scheduleJob,
    getJobAlpha1: rpcs.getJob,
    deleteJobAlpha1: rpcs.deleteJob,
    listJobsAlpha1: (call) => rpcs.listJobs(call),
    deleteJobsByPrefixAlpha1: (call, { namePrefix }) => jobs.deleteByPrefix(call, { namePrefix }).then(empty),
  } satisfies DaprRpcs;
}

function empty(): object {
  return {};
}
