import { fork } from 'node:child_process';
import { join } from 'node:path';
import { ghzLoad } from './ghz.ts';
import type { LoadJob, LoadResult } from './load-job.ts';

export interface LoadClient {
  /** Rejects when the load process fails or does not reply long after the end of the job. */
  run(job: LoadJob): Promise<LoadResult>;
  /** Whether ghz is available to load a gRPC port. */
  readonly hasGrpc: boolean;
  readonly isOpen: boolean;
  close(): void;
}

type LoadReply = { readonly result: LoadResult } | { readonly error: string };

const graceMs = 30_000;

/** HTTP by autocannon in a separate process, gRPC by the ghz at this path. */
export function loadClient(ghz: string | undefined): LoadClient {
  const child = fork(join(import.meta.dirname, 'load-process.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    hasGrpc: ghz !== undefined,
    run(job) {
      if (job.protocol === 'grpc') {
        if (ghz === undefined) return Promise.reject(new Error('no ghz is available to load a gRPC port'));
        return ghzLoad(ghz, job);
      }
      return new Promise((resolve, reject) => {
        const settle = (): void => {
          clearTimeout(timer);
          child.off('message', onReply);
          child.off('exit', onExit);
        };
        const onReply = (reply: LoadReply): void => {
          settle();
          if ('result' in reply) resolve(reply.result);
          else reject(new Error(`the load process failed: ${reply.error}`));
        };
        const onExit = (code: number | null, signal: string | null): void => {
          settle();
          reject(new Error(`the load process has ended with ${signal ?? code}`));
        };
        const timer = setTimeout(
          () => {
            settle();
            reject(new Error(`the load on port ${job.port} did not end`));
          },
          job.seconds * 1000 + graceMs,
        );
        child.on('message', onReply);
        child.on('exit', onExit);
        child.send(job);
      });
    },
    get isOpen() {
      return child.connected;
    },
    close: () => child.disconnect(),
  };
}
