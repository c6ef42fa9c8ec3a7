import { Agent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';

export interface PageResponse {
  readonly status: number;
  readonly text: string;
}

/** One browser: a cookie, keep-alive connections and a stream of events. */
export interface PageClient {
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<PageResponse>;
  /** Calls `listener` for each server-sent event; resolves once the stream is open. */
  listen(path: string, listener: (name: string, data: string) => void): Promise<void>;
  close(): void;
}

export function pageClient(origin: string): PageClient {
  const { hostname: host, port } = new URL(origin);
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const streams: IncomingMessage[] = [];
  let cookie = '';

  const open = (
    method: string,
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const sent = httpRequest({
        host,
        port,
        method,
        path,
        agent,
        headers: {
          ...(cookie && { cookie }),
          ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      });
      sent.on('response', (response) => {
        cookie = response.headers['set-cookie']?.[0]?.split(';')[0] ?? cookie;
        resolve(response);
      });
      sent.on('error', reject);
      sent.end(body);
    });

  return {
    async request(method, path, body, headers = {}) {
      const response = await open(method, path, body === undefined ? undefined : JSON.stringify(body), headers);
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
    },
    async listen(path, listener) {
      const stream = await open('GET', path, undefined, { accept: 'text/event-stream' });
      if (stream.statusCode !== 200) throw new Error(`GET ${path}: ${stream.statusCode}`);
      streams.push(stream);
      stream.setEncoding('utf8');
      stream.on('error', () => undefined);
      let unread = '';
      stream.on('data', (text: string) => {
        const blocks = (unread + text).split('\n\n');
        unread = blocks.pop() ?? '';
        for (const block of blocks) {
          const [, name = '', data = ''] = /^event: (.*)\ndata: ([^]*)$/.exec(block) ?? [];
          if (name !== '') listener(name, data);
        }
      });
    },
    close() {
      for (const stream of streams) stream.destroy();
      agent.destroy();
    },
  };
}
