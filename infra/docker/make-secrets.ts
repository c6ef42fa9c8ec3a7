import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSecrets } from '../launcher/secrets.ts';
import { writePrivateFile } from '../launcher/private-file.ts';
import { StartError } from '../servers/server.ts';
import { storeApps } from '../topology.ts';
import { containerFiles } from './container-secrets.ts';

// The one-shot service `secrets` of docker-compose.yml: makes the store's secrets at the first start, and puts into each
// container's volume what that container needs. A value from the environment (.env) wins.
const home = process.argv[2] ?? '/var/lib/tidewater';

try {
  const secrets = loadSecrets(join(home, 'store'), storeApps);
  const files = containerFiles(secrets, postgresPassword(join(home, 'store', 'postgres-password')));
  for (const [container, named] of Object.entries(files))
    for (const [name, text] of Object.entries(named)) writePrivateFile(join(home, container, name), text);
  process.stdout.write(`Secrets of ${Object.keys(files).length} containers are in their volumes.\n`);
} catch (cause) {
  if (!(cause instanceof StartError)) throw cause;
  process.stderr.write(`✗ ${cause.message}\n  Fix: ${cause.fix}\n`);
  process.exitCode = 1;
}

/** Postgres reads its password only when the database is created, so the first one stays unless another is set. */
function postgresPassword(file: string): string {
  if (process.env.POSTGRES_PASSWORD) return process.env.POSTGRES_PASSWORD;
  if (!existsSync(file)) writePrivateFile(file, randomBytes(24).toString('base64url'));
  return readFileSync(file, 'utf8').trim();
}
