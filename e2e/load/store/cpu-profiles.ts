import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../harness/store.ts';

/** For the environment of the store: a program that gets SIGUSR1 opens its inspector on a free port. */
export const inspectorEnv = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' };

export interface Profiling {
  /** Writes a `.cpuprofile` file for each program. */
  stop(folder: string): Promise<void>;
}

/** Profiles Node programs by their inspectors. `logs` is the folder of their output. */
export async function startProfiles(pids: Readonly<Record<string, number>>, logs: string): Promise<Profiling> {
  const programs = Object.entries(pids).filter(([name]) => name !== 'postgres' && name !== 'nats');
  const inspectors = await Promise.all(
    programs.map(async ([name, pid]) => {
      process.kill(pid, 'SIGUSR1');
      const file = join(logs, `${name.replaceAll('/', '-')}.log`);
      const read = async (): Promise<string> =>
        [...readFileSync(file, 'utf8').matchAll(/Debugger listening on (ws:\S+)/g)].at(-1)?.[1] ?? '';
      return { name, inspector: await openInspector(await eventually(`the inspector of ${name}`, read, Boolean)) };
    }),
  );
  for (const { inspector } of inspectors) {
    await inspector.send('Profiler.enable');
    await inspector.send('Profiler.setSamplingInterval', { interval: 500 });
    await inspector.send('Profiler.start');
  }
  return {
    async stop(folder) {
      mkdirSync(folder, { recursive: true });
      for (const { name, inspector } of inspectors) {
        const { profile } = (await inspector.send('Profiler.stop')) as { readonly profile: unknown };
        writeFileSync(join(folder, `${name.replaceAll('/', '-')}.cpuprofile`), JSON.stringify(profile));
        inspector.close();
      }
    },
  };
}

interface Inspector {
  send(method: string, params?: object): Promise<unknown>;
  close(): void;
}

interface InspectorMessage {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  const pending = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as InspectorMessage;
    const call = pending.get(id ?? 0);
    if (error) call?.reject(new Error(error.message));
    else call?.resolve(result);
  });
  return new Promise((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error(`${url} cannot be opened`)));
    socket.addEventListener('open', () =>
      resolve({
        send: (method, params) =>
          new Promise((settle, fail) => {
            const id = ++lastId;
            pending.set(id, { resolve: settle, reject: fail });
            socket.send(JSON.stringify({ id, method, params }));
          }),
        close: () => socket.close(),
      }),
    );
  });
}
