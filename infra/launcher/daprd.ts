import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { StartError } from '../servers/server.ts';
import { freePort } from './ports.ts';
import { type DaprdPlace, flagsOf } from './programs.ts';
import type { ProgramSpec } from './supervised.ts';

/** Topics that need a stream before daprd may use them: its JetStream component makes none. */
const topics = ['carts', 'orders', 'payments', 'products', 'stock'];

/** Dapr's own programs from `folder`, with what they need around them. */
export async function planDaprd(
  folder: string,
  home: string,
): Promise<{ place: DaprdPlace; helpers: readonly ProgramSpec[] }> {
  for (const name of ['daprd', 'placement', 'scheduler']) {
    if (!existsSync(join(folder, name)))
      throw new StartError(
        `There is no ${name} in ${folder}.`,
        'Give --daprd the folder with daprd, placement and scheduler, such as ~/.dapr/bin.',
      );
  }
  const [placementPort, schedulerPort, placementHealth, schedulerHealth, etcdClient, etcdPeer, raft] =
    await Promise.all(Array.from({ length: 7 }, () => freePort()));
  if (!placementPort || !schedulerPort)
    throw new StartError('No free ports for placement and scheduler.', 'Free some ports.');
  const data = join(home, 'daprd');
  mkdirSync(data, { recursive: true });
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
`,
  );
  const quiet = { 'listen-address': '127.0.0.1', 'healthz-listen-address': '127.0.0.1', 'log-level': 'warn' };
  const placement = {
    port: placementPort,
    'healthz-port': placementHealth ?? 0,
    ...quiet,
    id: 'dapr-placement-0',
    'initial-cluster': `dapr-placement-0=127.0.0.1:${raft}`,
  };
  const scheduler = {
    port: schedulerPort,
    'healthz-port': schedulerHealth ?? 0,
    ...quiet,
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
  return { place: { folder, placementPort, schedulerPort, configFile }, helpers };
}

/** Makes the streams that daprd's JetStream component expects to find. */
export async function makeStreams(natsUrl: string): Promise<void> {
  const connection = await connect({ servers: natsUrl, timeout: 5000 });
  try {
    const manager = await jetstreamManager(connection);
    for (const topic of topics) await manager.streams.add({ name: topic, subjects: [topic] });
  } finally {
    await connection.close();
  }
}
