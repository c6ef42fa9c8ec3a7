import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { freePort } from '../launcher/ports.ts';
import type { Server } from './server.ts';

const executable = process.platform === 'win32' ? 'mosquitto.exe' : 'mosquitto';
/** Debian installs it outside the PATH of users. */
const systemFolders = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'];

/** The broker of `MQTT_URL`, or the command for a mosquitto that is found; undefined when there is none. Only tests need one. */
export async function mosquittoServer(home: string, env: NodeJS.ProcessEnv = process.env): Promise<Server | undefined> {
  if (env.MQTT_URL) return { url: env.MQTT_URL, origin: 'MQTT_URL' };
  const file = findMosquitto(env);
  if (file === undefined) return undefined;
  const port = await freePort();
  const folder = join(home, 'mosquitto');
  mkdirSync(folder, { recursive: true });
  const settings = join(folder, 'mosquitto.conf');
  writeFileSync(settings, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    origin: file,
    command: { file, args: ['-c', settings], port, stopSignal: 'SIGTERM' },
  };
}

/** The file of a `mosquitto` on PATH, or where system programs are. */
export function findMosquitto(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return [...(env.PATH ?? '').split(delimiter), ...systemFolders]
    .filter(Boolean)
    .map((folder) => join(folder, executable))
    .find((file) => existsSync(file));
}
