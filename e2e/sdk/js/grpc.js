import assert from 'node:assert/strict';
import { CommunicationProtocolEnum, DaprServer } from '@dapr/dapr';
import { eventually, exercise, finish } from './exercises.js';

const host = '127.0.0.1';
const server = new DaprServer({
  serverHost: host,
  serverPort: process.env.APP_PORT,
  communicationProtocol: CommunicationProtocolEnum.GRPC,
  clientOptions: { daprHost: host, daprPort: process.env.DAPR_GRPC_PORT },
  logger: { level: 'error' },
});
const { client } = server;

await exercise('health: the sidecar becomes healthy once the app listens', async () => {
  await server.start();
  assert.ok(await eventually(() => client.health.isHealthy()));
});

await exercise('shutdown: the sidecar ends when it is asked to', async () => {
  await client.sidecar.shutdown();
  await eventually(async () => !(await client.health.isHealthy()));
});

finish();
