import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { silentLog } from '#core/log.ts';
import {
  SubscribeActorEventsRequestAlpha1Schema as RequestSchema,
  SubscribeActorEventsResponseAlpha1Schema as ResponseSchema,
} from '#gen/dapr/proto/runtime/v1/actors_pb.ts';
import { systemRandom } from '#host/process/random.ts';
import { systemClock } from '#host/process/clock.ts';
import { readConfig } from '#host/config/config.ts';
import { parseFlags } from '#host/config/flags.ts';
import { createSidecar } from '../sidecar.ts';
import { daprCaller } from './grpc/testing.ts';

const component = `
kind: Component
metadata: {name: s}
spec: {type: state.in-memory, metadata: [{name: actorStateStore, value: "true"}]}
`;

async function openSidecar() {
  const folder = await mkdtemp(join(tmpdir(), 'streamed-'));
  await writeFile(join(folder, 's.yaml'), component);
  const ports = ['http', 'grpc', 'internal-grpc'].map((name) => `--dapr-${name}-port=0`);
  const local = ['--dapr-listen-addresses=127.0.0.1', '--dapr-internal-grpc-listen-address=127.0.0.1'];
  const flags = [...ports, ...local, '--enable-metrics=false', '--app-id=cats', '--resources-path', folder];
  const env = { HOME: folder, OUTRIGGER_REGISTRY_DIR: join(folder, 'names') };
  const dependencies = { clock: systemClock(), random: systemRandom(), log: silentLog, env };
  const sidecar = createSidecar(readConfig(parseFlags(flags), env), dependencies);
  await sidecar.start();
  const api = daprCaller(sidecar.ports.grpc);
  return {
    sidecar,
    api,
    async [Symbol.asyncDispose]() {
      api.close();
      await sidecar.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** An app without a port: it opens the stream, and echoes calls. */
function hostCats({ client }: ReturnType<typeof daprCaller>) {
  const callbacks: string[] = [];
  const hosted = Promise.withResolvers<void>();
  const reminded = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const stream = client.makeBidiStreamRequest(
    '/dapr.proto.runtime.v1.Dapr/SubscribeActorEventsAlpha1',
    (bytes: Uint8Array) => Buffer.from(bytes),
    (bytes: Buffer) => bytes,
  );
  const send = (requestType: MessageInitShape<typeof RequestSchema>['requestType']): void =>
    void stream.write(toBinary(RequestSchema, create(RequestSchema, { requestType })));
  stream.on('data', (bytes: Buffer) => {
    const { responseType: request } = fromBinary(ResponseSchema, bytes);
    switch (request.case) {
      case 'initialResponse':
        hosted.resolve();
        break;
      case 'invokeRequest': {
        const { id, method, data } = request.value;
        send({ case: 'invokeResponse', value: { id, data: Buffer.from(`${method} ${String(Buffer.from(data))}`) } });
        break;
      }
      case 'reminderRequest':
        callbacks.push(request.value.name);
        reminded.resolve();
        send({ case: 'reminderResponse', value: { id: request.value.id } });
        break;
      case 'deactivateRequest':
        callbacks.push(`deactivate ${request.value.actorId}`);
        send({ case: 'deactivateResponse', value: { id: request.value.id } });
        break;
      case 'timerRequest':
      case undefined:
        assert.fail('nobody set a timer');
    }
  });
  stream.on('error', () => {});
  stream.on('status', () => ended.resolve());
  send({ case: 'initialRequest', value: { entities: ['Cat'] } });
  return {
    callbacks,
    hosted: hosted.promise,
    reminded: reminded.promise,
    ended: ended.promise,
    leave: () => stream.end(),
  };
}

const cat = { actorType: 'Cat', actorId: '7' };

test('SubscribeActorEvents: an app without a port hosts actors', { timeout: 20_000 }, async () => {
  await using dependencies = await openSidecar();
  const { api } = dependencies;
  const types = async () => (await api.call('getMetadata', {})).message?.activeActorsCount.map(({ type }) => type);
  assert.deepEqual(await types(), []);
  const app = hostCats(api);
  await app.hosted;
  assert.deepEqual(await types(), ['Cat']);
  const response = await api.call('invokeActor', { ...cat, method: 'speak', data: Buffer.from('please') });
  assert.equal(String(Buffer.from(response.message?.data ?? [])), 'speak please');
  await api.call('registerActorReminder', { ...cat, name: 'wake', dueTime: '0s' });
  await app.reminded;
  assert.deepEqual(app.callbacks, ['wake']);
  app.leave();
  await app.ended;
  assert.deepEqual(await types(), []);
});

test('SubscribeActorEvents: a stopping sidecar deactivates each actor in the app', { timeout: 20_000 }, async () => {
  const dependencies = await openSidecar();
  const app = hostCats(dependencies.api);
  await app.hosted;
  await dependencies.api.call('invokeActor', { ...cat, method: 'speak' });
  await dependencies.sidecar.stop();
  await app.ended;
  assert.deepEqual(app.callbacks, ['deactivate 7']);
  await dependencies[Symbol.asyncDispose]();
});
