import assert from 'node:assert/strict';
import { eventually, exercise } from './exercises.js';

export async function start(server) {
  await exercise('health: the sidecar becomes healthy once the app listens', async () => {
    await server.start();
    assert.ok(await eventually(() => server.client.health.isHealthy()));
  });
}

export async function metadata({ metadata: about }) {
  await exercise('metadata: get returns id and components, set adds an attribute', async () => {
    const { id, components } = await about.get();
    assert.equal(id, process.env.APP_ID);
    const { type } = components.find(({ name }) => name === 'statestore');
    assert.equal(type, 'state.postgresql');
    await about.set('harbour', 'Bergen');
    assert.equal((await about.get()).extended.harbour, 'Bergen');
  });
}

export async function shutdown({ health, sidecar }) {
  await exercise('shutdown: the sidecar exits', async () => {
    await sidecar.shutdown();
    await eventually(async () => !(await health.isHealthy()));
  });
}
