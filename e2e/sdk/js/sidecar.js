import assert from 'node:assert/strict';
import { eventually, exercise } from './exercises.js';

export async function start(server) {
  await exercise('health: the sidecar becomes healthy once the app listens', async () => {
    await server.start();
    assert.ok(await eventually(() => server.client.health.isHealthy()));
  });
}

export async function metadata({ metadata: about }) {
  await exercise('metadata: tells its name and components, and keeps what it is told', async () => {
    const { id, components } = await about.get();
    assert.equal(id, process.env.APP_ID);
    const { type } = components.find(({ name }) => name === 'statestore');
    assert.equal(type, 'state.postgresql');
    await about.set('harbour', 'Bergen');
    assert.equal((await about.get()).extended.harbour, 'Bergen');
  });
}

export async function shutdown({ health, sidecar }) {
  await exercise('shutdown: the sidecar ends when it is asked to', async () => {
    await sidecar.shutdown();
    await eventually(async () => !(await health.isHealthy()));
  });
}
