import { CommunicationProtocolEnum, DaprClient, DaprServer } from '@dapr/dapr';
import { actors, hostActors } from './actors.js';
import { events, subscribe } from './events.js';
import { finish, skipped } from './exercises.js';
import { locks } from './lock.js';
import { secrets } from './settings.js';
import { metadata, shutdown, start } from './sidecar.js';
import { state, stateQuery } from './state.js';
import { handleCalls, bindings, invocation } from './calls.js';

/** The app listens on HTTP and calls its sidecar over HTTP. */
const { APP_PORT, DAPR_GRPC_PORT, DAPR_HTTP_PORT, HAS_REDIS } = process.env;
const daprHost = '127.0.0.1';
const logger = { level: 'error' };
const server = new DaprServer({
  serverHost: daprHost,
  serverPort: APP_PORT,
  communicationProtocol: CommunicationProtocolEnum.HTTP,
  clientOptions: { daprHost, daprPort: DAPR_HTTP_PORT, logger },
  logger,
});
const { client } = server;
const grpcClient = new DaprClient({
  daprHost,
  daprPort: DAPR_GRPC_PORT,
  communicationProtocol: CommunicationProtocolEnum.GRPC,
  logger,
});

const received = await subscribe(server, 'pubsub');
const ticks = await handleCalls(server);
await hostActors(server);

await start(server);
await metadata(client);
await state(client, 'statestore');
if (HAS_REDIS) await state(client, 'redis-state');
else skipped('state: the same in redis-state', 'no Redis here');
await stateQuery(client, 'querystore');
await events(client, 'pubsub', received);
await invocation(client, 'HTTP');
await invocation(grpcClient, 'gRPC');
await bindings(client, ticks);
await secrets(client);
await locks(client);
await actors(client, { HTTP: client, gRPC: grpcClient });
await shutdown(client);

finish();
