import { networkInterfaces, homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Environment } from './environment.ts';

const firstDerivedPort = 47300;
const derivedPorts = 2048;

/** The same port for the same app, folder, user and machine, so that a restarted sidecar has the same address. */
export function defaultInternalPort(appId: string): number {
  // loaded here: it takes 5 ms, and this file is loaded before the ports are reserved
  const { createHash } = process.getBuiltinModule('node:crypto');
  const seed = `${appId}|${process.cwd()}|${userInfo().uid}|${hostname()}`;
  return firstDerivedPort + (createHash('sha256').update(seed).digest().readUInt32BE(0) % derivedPorts);
}

/** The folder in which the sidecars of one user on one machine register. */
export function defaultRegistryDir(env: Environment): string {
  const runtimeDir = env['XDG_RUNTIME_DIR'] || env['LOCALAPPDATA'];
  return runtimeDir ? join(runtimeDir, 'outrigger', 'names') : join(env['HOME'] || homedir(), '.outrigger', 'names');
}

/** True for an address that is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(::ffff:)?127\./.test(host);
}

/** The first address that other machines can reach, or the loopback address when there is none. */
export function externalAddress(): string {
  for (const addresses of Object.values(networkInterfaces()))
    for (const { family, internal, address } of addresses ?? []) if (family === 'IPv4' && !internal) return address;
  return '127.0.0.1';
}
