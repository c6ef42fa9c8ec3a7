import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Running } from '../harness/store.ts';

/** Resident memory of each program of the store, in MB. Empty where it is not available. */
export function memoryOf({ pids }: Running): Readonly<Record<string, number>> {
  if (process.platform !== 'linux') return {};
  return Object.fromEntries(
    Object.entries(pids)
      .filter(([name]) => name !== 'postgres' && name !== 'nats')
      .map(([name, pid]) => {
        const kilobytes = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return [name, Math.round(Number(kilobytes) / 1024)];
      }),
  );
}

export interface LogLine {
  readonly file: string;
  readonly text: string;
}

/** Every line of every log file, those of Postgres and NATS too. */
export function logLines({ logs }: Running): readonly LogLine[] {
  return readdirSync(logs).flatMap((file) =>
    readFileSync(join(logs, file), 'utf8')
      .split('\n')
      .map((text) => ({ file, text })),
  );
}

/** An e-mail address or its end; linear in the length of the line. */
export const emailAddress = /[\w+-]@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/i;

/** The error of Postgres for connections before it is ready. */
const isStarting = /FATAL: {2}the database system is starting up/;

export const isErrorLine = ({ text }: LogLine): boolean =>
  /"level":"error"|^\S+ \S+ \[(?:ERR|FTL)\]|\b(?:PANIC|FATAL):/.test(text) && !isStarting.test(text);
