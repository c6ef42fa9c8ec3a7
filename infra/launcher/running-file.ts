import { readFileSync, rmSync } from 'node:fs';
import type { Server } from '../servers/server.ts';
import type { Folders } from './folders.ts';
import { writePrivateFile } from './private-file.ts';
import type { PlannedApp } from './programs.ts';
import type { AppSecrets, Secrets } from './secrets.ts';
import type { Supervised } from './supervised.ts';

/** The contents of `running.json`, for people, tools and tests. Only the owner of the folder can read it. */
export interface RunningFile {
  readonly pid: number;
  /** By app, and by `app/sidecar`. */
  readonly urls: Readonly<Record<string, string>>;
  readonly servers?: { readonly postgres: string; readonly nats: string };
  readonly ports: Readonly<Record<string, { app: number; http?: number; grpc?: number; metrics?: number }>>;
  readonly pids: Readonly<Record<string, number>>;
  readonly logs: string;
  readonly staffToken: string;
  readonly secrets: {
    readonly staffToken: string;
    readonly providerSecretKey: string;
    /** By app: the token that its sidecar requires from callers of its API. */
    readonly daprApiTokens: Readonly<Record<string, string>>;
    /** By app: the token that the app requires from its sidecar. */
    readonly appApiTokens: Readonly<Record<string, string>>;
  };
}

/** Throws when the file is not there or half-written. */
export const readRunningFile = (file: string): RunningFile => JSON.parse(readFileSync(file, 'utf8')) as RunningFile;

/** What `npm start` has started. */
export interface Started {
  readonly apps: readonly PlannedApp[];
  readonly postgres: Server;
  readonly nats: Server;
}

/** Writes `running.json` when something changes, and removes it after a clean stop. */
export function runningFileWriter(folders: Folders, running: readonly Supervised[], secrets: Secrets) {
  let started: Started | undefined;
  return {
    write(changed?: Started): void {
      started = changed ?? started;
      writePrivateFile(
        folders.runningFile,
        `${JSON.stringify(contents(folders, running, secrets, started), undefined, 2)}\n`,
      );
    },
    remove: () => rmSync(folders.runningFile, { force: true }),
  };
}

function contents(
  folders: Folders,
  running: readonly Supervised[],
  secrets: Secrets,
  started: Started | undefined,
): RunningFile {
  const apps = started?.apps ?? [];
  const { STAFF_TOKEN: staffToken, PROVIDER_SECRET_KEY: providerSecretKey } = secrets.shared;
  return {
    pid: process.pid,
    urls: Object.fromEntries(
      apps
        .toSorted((a, b) => Number(b.program.isPublic ?? false) - Number(a.program.isPublic ?? false))
        .flatMap(({ program, url, sidecar }) => [
          [program.app, url],
          ...(sidecar ? [[`${program.app}/sidecar`, `http://127.0.0.1:${sidecar.httpPort}`]] : []),
        ]),
    ) as RunningFile['urls'],
    servers: started && { postgres: started.postgres.url, nats: started.nats.url },
    ports: Object.fromEntries(
      apps.map(({ program, port, sidecar }) => [
        program.app,
        { app: port, http: sidecar?.httpPort, grpc: sidecar?.grpcPort, metrics: sidecar?.metricsPort },
      ]),
    ),
    pids: Object.fromEntries(
      running.flatMap((program) => (program.pid === undefined ? [] : [[program.name, program.pid] as const])),
    ),
    logs: folders.logs,
    staffToken,
    secrets: {
      staffToken,
      providerSecretKey,
      daprApiTokens: tokens(secrets, 'DAPR_API_TOKEN'),
      appApiTokens: tokens(secrets, 'APP_API_TOKEN'),
    },
  };
}

function tokens(secrets: Secrets, name: keyof AppSecrets): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(secrets.apps).map(([app, secret]) => [app, secret[name]]));
}
