import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';

/** The broker for tests: the one of `TEST_MQTT_URL`, or a small one inside this process. */
export interface TestBroker extends AsyncDisposable {
  readonly url: string;
  /** Breaks every connection, as a network does. Only the broker inside this process can. */
  breakConnections(): void;
}

export async function testBroker(url = process.env.TEST_MQTT_URL): Promise<TestBroker> {
  if (url) return { url, breakConnections() {}, async [Symbol.asyncDispose]() {} };
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const breakConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `tcp://127.0.0.1:${port}`,
    breakConnections,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => broker.close(resolve));
      breakConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A component context against a real broker, with the real clock. Metadata keys are in lower case. */
export function mqttContext(type: string, metadata: Readonly<Record<string, string>>): ComponentContext {
  return {
    name: 'mqtt',
    type,
    version: 'v1',
    metadata,
    appId: `shop-${randomBytes(4).toString('hex')}`,
    namespace: '',
    log: silentLog,
    clock: systemClock(),
    random: seededRandom(randomBytes(4).readUInt32LE()),
  };
}

export async function eventually(isTrue: () => boolean, what: string): Promise<void> {
  const giveUpAt = performance.now() + 15_000;
  while (!isTrue()) {
    if (performance.now() > giveUpAt) throw new Error(`waited 15 s for ${what}`);
    await wait(5);
  }
}
