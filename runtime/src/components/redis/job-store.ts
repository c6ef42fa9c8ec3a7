import type { JobStore, PlannedJob } from '#blocks/jobs/job-store.ts';
import type { RedisLink } from './connection.ts';
import { claimJobs, putJob, releaseJobs, removeJobs, renewJobs, settleJob } from './job-scripts.ts';

/** Jobs on the server and the connection of `link`. `holder` is the holder of leases: a new id with each start. */
export function redisJobStore(owner: string, { link, holder }: { link: RedisLink; holder: string }): JobStore {
  // on a cluster the keys of one script must be on one node
  const keys = ['jobs', 'due', 'versions', 'leases'].map((part) => `outrigger||{${owner}}||${part}`);
  const [jobs = ''] = keys;
  const run = (script: string, values: readonly (string | number)[]): Promise<unknown> =>
    link.write((client) => client.eval(script, keys.length, ...keys, ...values));
  const all = async (prefix: string): Promise<readonly PlannedJob[]> => {
    const texts = await link.read((client) => client.hgetall(jobs));
    return Object.entries(texts).flatMap(([name, text]) => (name.startsWith(prefix) ? [jobOf(text)] : []));
  };
  const pairs = (claimed: readonly PlannedJob[]): string[] => claimed.flatMap(({ name, version }) => [name, version]);

  return {
    async put(_call, job, overwrite) {
      const { name, dueAt, version } = job;
      return (await run(putJob, [name, textOf(job), dueAt, version, overwrite ? '1' : '0'])) === 1;
    },
    async get(_call, name) {
      const text = await link.read((client) => client.hget(jobs, name));
      return text == null ? undefined : jobOf(text);
    },
    async delete(_call, name) {
      await run(removeJobs, [name]);
    },
    async list(_call, prefix) {
      return [...(await all(prefix))].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async deleteByPrefix(_call, prefix) {
      const names = (await all(prefix)).map(({ name }) => name);
      // the number of arguments of a script is limited
      for (let at = 0; at < names.length; at += 1000) await run(removeJobs, names.slice(at, at + 1000));
    },
    async claim(before, limit, leaseMs) {
      return ((await run(claimJobs, [before, limit, leaseMs, holder])) as readonly string[]).map(jobOf);
    },
    async renew(claimed, leaseMs) {
      return new Set((await run(renewJobs, [leaseMs, holder, ...pairs(claimed)])) as readonly string[]);
    },
    async settle(job, outcome) {
      if (outcome.kind === 'finished') {
        await run(settleJob, [holder, job.name, job.version]);
        return;
      }
      const { dueAt, runs, attempts } = outcome;
      await run(settleJob, [holder, job.name, job.version, textOf({ ...job, dueAt, runs, attempts }), dueAt]);
    },
    async release(claimed) {
      if (claimed.length > 0) await run(releaseJobs, [holder, ...pairs(claimed)]);
    },
    close: () => Promise.resolve(),
  };
}

function textOf(job: PlannedJob): string {
  const { data, ...plain } = job;
  if (!data) return JSON.stringify(plain);
  const { typeUrl, value } = data;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return JSON.stringify({ ...plain, data: { typeUrl, value: bytes.toString('base64') } });
}

/** Written by `textOf`. */
function jobOf(text: string): PlannedJob {
  const { data, ...plain } = JSON.parse(text) as Omit<PlannedJob, 'data'> & {
    readonly data?: { readonly typeUrl: string; readonly value: string };
  };
  return data ? { ...plain, data: { typeUrl: data.typeUrl, value: Buffer.from(data.value, 'base64') } } : plain;
}
