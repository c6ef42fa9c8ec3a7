import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { names } from './valid-requests.ts';

export interface TargetApp {
  readonly port: number;
  /** Events that arrived. */
  received(): number;
  close(): Promise<void>;
}

/** An app that returns 200 to every request and causes no errors. */
export async function startTargetApp(): Promise<TargetApp> {
  let events = 0;
  const server = createServer((request, response) => {
    void drain(request).then((body) => {
      const url = request.url ?? '/';
      response.setHeader('content-type', 'application/json');
      if (url === '/dapr/config') return response.end(JSON.stringify({ entities: [names.actorType] }));
      if (url === '/dapr/subscribe')
        return response.end(JSON.stringify([{ pubsubname: names.pubsub, topic: names.topic, route: '/events' }]));
      if (url === '/events') events++;
      // Echoes the body, so that responses are as odd as requests.
      return response.end(url.startsWith('/echo') ? body : '{"ok":true}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, received: () => events, close: () => closed(server) };
}

async function drain(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part as Buffer);
  } catch {
    // The sidecar aborted because its caller did.
  }
  return Buffer.concat(parts);
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
