import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test, type TestContext } from 'node:test';
import { actorApp, type ActorApp } from '../harness/actor-app.ts';
import { startActorLoad, type ActorLoad, type Added } from '../harness/actor-load.ts';
import { component } from '../harness/component.ts';
import { type TestServers, startTestServers } from '../harness/test-servers.ts';
import { type SidecarProcess, startSidecar } from '../harness/sidecar-process.ts';
import { eventually, pause } from '../harness/store.ts';

interface Host {
  readonly app: ActorApp;
  readonly sidecar: SidecarProcess;
}

const turnMs = 150;

describe('actors that move under load, on three hosts', { timeout: 240_000 }, () => {
  let servers: TestServers;
  let hosts: Host[] = [];
  /** Hosts no actors. */
  let caller: SidecarProcess;
  let load: ActorLoad;
  /** Not called any more, because they are about to stop. */
  const excluded = new Set<Host>();
  let rounds = 0;

  const resources = (): readonly string[] => [
    component('statestore', 'state.postgresql/v2', {
      connectionString: servers.postgresUrl,
      actorStateStore: 'true',
    }),
  ];
  const start = async (): Promise<Host> => {
    const app = await actorApp('counter', { turnMs, recordRepeats: true, drain: '2s' });
    const sidecar = await startSidecar({
      appId: 'counting',
      appPort: app.port,
      resources: resources(),
      home: servers.home,
    });
    app.useSidecar(sidecar.url);
    return { app, sidecar };
  };
  const called = (): string[] => [
    ...hosts.filter((host) => !excluded.has(host)).map(({ sidecar }) => sidecar.url),
    caller.url,
  ];
  const stored = async (id: string): Promise<readonly string[]> => {
    const response = await fetch(`${caller.url}/v1.0/actors/counter/${id}/method/list`, {
      method: 'POST',
      signal: AbortSignal.timeout(40_000),
    });
    assert.equal(response.status, 200);
    return (await response.json()) as readonly string[];
  };
  /** Acknowledged calls are stored; a call that is stored twice was in progress at one of these moments. */
  const checkStored = async (moments: readonly number[], t: TestContext): Promise<void> => {
    const lists = new Map<string, readonly string[]>();
    for (const id of load.ids) lists.set(id, await stored(id));
    const wasUnderWay = ({ startedAt, endedAt }: Added): boolean =>
      moments.some((moment) => startedAt <= moment && moment <= endedAt);
    let repeated = 0;
    for (const call of load.calls) {
      if (call.outcome !== '200') continue;
      const count = lists.get(call.id)?.filter((operation) => operation === call.operation).length ?? 0;
      assert.ok(count > 0, `${call.operation} was acknowledged and is not stored`);
      if (count === 1) continue;
      repeated += 1;
      assert.ok(wasUnderWay(call), `${call.operation} is stored ${count} times and was not under way at a fault`);
    }
    const slowest = Math.max(...load.calls.map(({ startedAt, endedAt }) => endedAt - startedAt));
    const failed = load.calls.filter(({ outcome }) => outcome !== '200').length;
    t.diagnostic(
      `${load.calls.length} calls, ${failed} without 200, ${repeated} applied twice, slowest ${Math.round(slowest)} ms`,
    );
  };
  const failuresOf = (through: readonly string[]): Added[] =>
    load.calls.filter((call) => call.outcome !== '200' && through.includes(call.through));

  before(async () => {
    servers = await startTestServers();
    caller = await startSidecar({ appId: 'calling', resources: resources(), home: servers.home });
    hosts = await Promise.all([start(), start(), start()]);
  });
  after(async () => {
    await Promise.all(hosts.map(({ sidecar }) => sidecar.stop()));
    await Promise.all(hosts.map(({ app }) => app.close()));
    await caller.stop();
    await servers.stop();
  });
  beforeEach(async () => {
    const name = `round-${++rounds}`;
    load = startActorLoad({ type: 'counter', clients: 24, actors: 16, name, sidecars: called });
    await pause(1500);
  });
  afterEach(() => load.stop());

  test('SIGTERM of one host after the other: every call returns 200 and is applied once', async (t) => {
    const all = called();
    for (const host of hosts) {
      const next = await start();
      all.push(next.sidecar.url);
      hosts = [...hosts, next];
      excluded.add(host);
      await host.sidecar.stop();
      assert.equal(host.sidecar.ending(), 'exit code 0');
      hosts = hosts.filter((one) => one !== host);
      await host.app.close();
      await pause(1000);
    }
    await load.stop();
    assert.deepEqual(failuresOf(all), []);
    await checkStored([], t);
  });

  test('SIGTERM during a turn longer than the drain: the turn is repeated, and the ended one writes nothing', async () => {
    await load.stop();
    const heldWrites = hosts.map(({ app }) => app.holdNextWrite());
    const response = fetch(`${caller.url}/v1.0/actors/counter/long/method/add`, { method: 'POST', body: 'once' });
    const at = await Promise.race(heldWrites.map(({ reached }, index) => reached.then(() => index)));
    for (const [index, hold] of heldWrites.entries()) if (index !== at) hold.release();
    const owner = hosts[at] ?? assert.fail();
    excluded.add(owner);
    await owner.sidecar.stop();
    hosts = [...hosts.filter((one) => one !== owner), await start()];
    assert.equal((await response).status, 200);
    heldWrites[at]?.release();
    await pause(500);
    await owner.app.close();
    assert.deepEqual(await stored('long'), ['once']);
  });

  test('SIGKILL of hosts: calls through the others return 200, and none is lost', async (t) => {
    const moments: number[] = [];
    for (const host of hosts.slice(0, 2)) {
      const next = await start();
      moments.push(performance.now());
      process.kill(host.sidecar.pid, 'SIGKILL');
      hosts = [...hosts.filter((one) => one !== host), next];
      await host.app.close();
      await pause(8000);
    }
    await load.stop();
    assert.deepEqual(failuresOf(called()), []);
    await checkStored(moments, t);
  });

  test('SIGSTOP beyond the lease: waiting calls are handled by the next host', async (t) => {
    const host = hosts[0] ?? assert.fail();
    excluded.add(host);
    const stoppedAt = performance.now();
    process.kill(host.sidecar.pid, 'SIGSTOP');
    await pause(10_000);
    const waited = load.calls.filter((call) => call.startedAt <= stoppedAt && call.endedAt > stoppedAt + 3000);
    assert.ok(waited.length > 0, 'some calls waited for the stopped host');
    assert.ok(waited.every(({ endedAt }) => endedAt - stoppedAt < 10_000));
    const continuedAt = performance.now();
    process.kill(host.sidecar.pid, 'SIGCONT');
    excluded.delete(host);
    await pause(4000);
    await load.stop();
    assert.deepEqual(failuresOf(called()), []);
    await eventually('the host owning actors again', async () => await ownsActors(host), Boolean, 10_000);
    await checkStored([stoppedAt, continuedAt], t);
  });
});

async function ownsActors({ sidecar }: Host): Promise<boolean> {
  const response = await fetch(`${sidecar.url}/v1.0/metadata`);
  const { actorRuntime } = (await response.json()) as { actorRuntime: { hostReady: boolean } };
  return actorRuntime.hostReady;
}
