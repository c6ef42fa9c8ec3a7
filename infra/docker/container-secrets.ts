import { type Secrets, sharedSecretNames } from '../launcher/secrets.ts';
import { topology } from '../topology.ts';

/** A folder for each container, with the files that only it mounts. */
export type ContainerFiles = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * What each container of docker-compose.yml reads below /run/tidewater. A program gets the variables that the topology
 * names for it and no others; its sidecar the same two tokens, and what its components need.
 */
export function containerFiles(secrets: Secrets, postgresPassword: string): ContainerFiles {
  const { shared } = secrets;
  const databaseUrl = `postgres://tidewater:${encodeURIComponent(postgresPassword)}@postgres:5432/tidewater`;
  const natsUrl = `nats://tidewater:${encodeURIComponent(shared.NATS_PASSWORD)}@nats:4222`;
  const files: Record<string, Record<string, string>> = {
    postgres: { password: postgresPassword },
    nats: { 'nats.conf': natsConfig(shared.NATS_PASSWORD) },
  };
  for (const { app, sidecar, env } of topology) {
    const tokens = secrets.apps[app] ?? {};
    const named = sharedSecretNames.filter((name) => (env as readonly string[]).includes(name));
    files[app] = environmentFile({
      ...(env.includes('DATABASE_URL') && { DATABASE_URL: databaseUrl }),
      ...Object.fromEntries(named.map((name) => [name, shared[name]])),
      ...tokens,
    });
    if (sidecar)
      files[`${app}-sidecar`] = environmentFile({
        ...tokens,
        OUTRIGGER_PEER_SECRET: shared.OUTRIGGER_PEER_SECRET,
        DATABASE_URL: databaseUrl,
        NATS_URL: natsUrl,
      });
  }
  return files;
}

const environmentFile = (variables: Readonly<Record<string, string>>): Record<string, string> => ({
  'env.json': `${JSON.stringify(variables, undefined, 2)}\n`,
});

/** Clients come from other containers; the monitor, which needs no login, only from the container itself. */
function natsConfig(password: string): string {
  const config = {
    host: '0.0.0.0',
    port: 4222,
    http: '127.0.0.1:8222',
    jetstream: { store_dir: '/data' },
    authorization: { user: 'tidewater', password, timeout: 2 },
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
