import { readFile } from 'node:fs/promises';
import { noAuthentication, sharedSecret } from '#cluster/transport/authentication.ts';
import type { PeerAuthentication } from '#cluster/transport/authentication.ts';
import { textOf } from '#core/errors.ts';
import { configInvalid } from '#host/errors.ts';
import type { SidecarDependencies } from './sidecar-dependencies.ts';

const variable = 'OUTRIGGER_PEER_SECRET';
const fileVariable = 'OUTRIGGER_PEER_SECRET_FILE';
const minLength = 16;
const fix = 'set it to the secret that all sidecars share (openssl rand -hex 32 makes one), or unset it';

/** How sidecars authenticate each other on the internal port, from the environment. Throws `configInvalid`. */
export async function peerAuthentication({
  env,
  random,
  log,
}: Pick<SidecarDependencies, 'env' | 'random' | 'log'>): Promise<PeerAuthentication> {
  const value = env[variable];
  const file = env[fileVariable];
  if (value === undefined && file === undefined) return noAuthentication;
  const secret = (value ?? (await contentOf(file ?? ''))).trim();
  if (secret === '')
    throw configInvalid(
      value === undefined ? `${fileVariable}: ${file} is empty: ${fix}` : `${variable} is empty: ${fix}`,
    );
  if (secret.length < minLength)
    log.warn({ event: 'peer-secret-short' }, `${variable} has less than ${minLength} characters and may be guessed`);
  return sharedSecret({ secret, hex: (bytes) => random.hex(bytes) });
}

async function contentOf(file: string): Promise<string> {
  if (file === '')
    throw configInvalid(`${fileVariable} is empty: set it to the path of a file with the secret, or unset it`);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw configInvalid(
      `${fileVariable}: ${file} cannot be read: ${textOf(cause)}. Make it readable for this user, or unset it`,
    );
  }
}
