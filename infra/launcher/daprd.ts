import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { natsOptions } from '../servers/nats.ts';
import { StartError } from '../servers/server.ts';
import { allTopics } from '../topology.ts';
import { root } from './folders.ts';
import { freePort } from './ports.ts';
import { makePrivateFolder } from './private-file.ts';
import { type DaprdSettings, flagsOf } from './programs.ts';
import type { ProgramSpec } from './supervised.ts';

/** Throws a `StartError` when Dapr's own programs are not in `folder`. */
export function checkDaprd(folder: string): void {
  for (const name of ['daprd', 'placement', 'scheduler']) {
    if (!existsSync(join(folder, name)))
      throw new StartError(
        `There is no ${name} in ${folder}.`,
        'Give --daprd the folder with daprd, placement and scheduler, such as ~/.dapr/bin.',
      );
  }
}

/** Dapr's own programs from `folder`, which has passed `checkDaprd`, with their settings and helper processes. */
export async function planDaprd(
  folder: string,
  home: string,
): Promise<{ settings: DaprdSettings; helpers: readonly ProgramSpec[] }> {
  const [placementPort, schedulerPort, placementHealth, schedulerHealth, etcdClient, etcdPeer, raft] =
    await Promise.all(Array.from({ length: 7 }, () => freePort()));
  if (!placementPort || !schedulerPort)
    throw new StartError('No free ports for placement and scheduler.', 'Free some ports.');
  const data = join(home, 'daprd');
  makePrivateFolder(data);
  const configFile = join(data, 'config.yaml');
  // The default, mDNS, needs multicast, which many machines and containers lack.
  writeFileSync(
    configFile,
    `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: outrigger
spec:
  nameResolution:
    component: sqlite
    version: v1
    configuration:
      connectionString: ${JSON.stringify(join(data, 'names.db'))}
  secrets:
    scopes:
      - storeName: secrets
        defaultAccess: deny
`,
  );
  const commonFlags = { 'listen-address': '127.0.0.1', 'healthz-listen-address': '127.0.0.1', 'log-level': 'warn' };
  const placement = {
    port: placementPort,
    'healthz-port': placementHealth ?? 0,
    ...commonFlags,
    id: 'dapr-placement-0',
    'initial-cluster': `dapr-placement-0=127.0.0.1:${raft}`,
  };
  const scheduler = {
    port: schedulerPort,
    'healthz-port': schedulerHealth ?? 0,
    ...commonFlags,
    'etcd-data-dir': join(data, 'scheduler'),
    'etcd-client-port': etcdClient ?? 0,
    'etcd-client-listen-address': '127.0.0.1',
    'etcd-initial-cluster': `dapr-scheduler-server-0=http://127.0.0.1:${etcdPeer}`,
    'override-broadcast-host-port': `127.0.0.1:${schedulerPort}`,
  };
  const helpers: ProgramSpec[] = [
    { name: 'placement', file: join(folder, 'placement'), args: [...flagsOf(placement), '--enable-metrics=false'] },
    { name: 'scheduler', file: join(folder, 'scheduler'), args: [...flagsOf(scheduler), '--enable-metrics=false'] },
  ];
  return {
    settings: { folder, placementPort, schedulerPort, configFile, componentsFolder: await daprdComponents(data) },
    helpers,
  };
}

interface ComponentFile {
  readonly spec: { readonly metadata?: readonly { readonly name: string; readonly value?: string }[] };
}

/**
 * The store's components as daprd needs them. Its JetStream component does not extend `ackWait` while a handler or a retry
 * runs, and the broker takes the first `backOff` for `ackWait`: each event would be delivered again after a second.
 */
async function daprdComponents(data: string): Promise<string> {
  const { parse, stringify } = await import('yaml');
  const source = join(root, 'infra/components');
  const folder = join(data, 'components');
  rmSync(folder, { recursive: true, force: true });
  makePrivateFolder(folder);
  for (const name of readdirSync(source)) {
    const component = parse(readFileSync(join(source, name), 'utf8')) as ComponentFile;
    const metadata = component.spec.metadata
      ?.filter((entry) => entry.name !== 'backOff')
      .map((entry) => (entry.name === 'ackWait' ? { ...entry, value: '180s' } : entry));
    const changed = metadata ? { ...component, spec: { ...component.spec, metadata } } : component;
    writeFileSync(join(folder, name), stringify(changed));
  }
  return folder;
}

/** Creates the streams that daprd's JetStream component expects: it creates none itself. */
export async function makeStreams(natsUrl: string): Promise<void> {
  // A start without daprd does not wait for these libraries.
  const [{ jetstreamManager }, { connect }] = await Promise.all([
    import('@nats-io/jetstream'),
    import('@nats-io/transport-node'),
  ]);
  const connection = await connect({ ...natsOptions(natsUrl), timeout: 5000 });
  try {
    const manager = await jetstreamManager(connection);
    for (const topic of allTopics) {
      // Outrigger may have created one in this folder, under another name.
      const exists = await manager.streams.find(topic).then(
        () => true,
        () => false,
      );
      if (!exists) await manager.streams.add({ name: topic, subjects: [topic] });
    }
  } finally {
    await connection.close();
  }
}
