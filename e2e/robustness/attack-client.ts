import { Agent, request as httpRequest } from 'node:http';
import { exchange } from '../hostile/http-request.ts';
import { generalizedUtf8 } from './hostile-strings.ts';

/** One request of the attack, as it is written on the connection. */
export interface Attack {
  /** For the report: the endpoint, the field and the string. */
  readonly what: string;
  readonly port: number;
  readonly method: string;
  /** The request target, raw. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether the server may close the connection instead of responding: for invalid or too long HTTP. */
  readonly mayClose?: boolean;
}

export interface Response {
  /** 0: the connection was closed without a response. */
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly ms: number;
}

const limitMs = 15_000;

/** Reuses connections, and writes requests by hand that Node's client would change or reject. */
export interface AttackClient {
  send(attack: Attack): Promise<Response>;
  close(): void;
}

export function attackClient(connections: number): AttackClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    send: (attack) => (isPlain(attack) ? sendPlain(attack, agent) : sendRaw(attack)),
    close: () => agent.destroy(),
  };
}

const isPlain = ({ target, headers }: Attack): boolean =>
  /^\/[!-~]*$/.test(target) &&
  target.length < 8_000 &&
  Object.values(headers).every((value) => /^[ -~]{0,4000}$/.test(value));

function sendPlain(attack: Attack, agent: Agent): Promise<Response> {
  const { port, method, target, headers, body } = attack;
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const parts: Buffer[] = [];
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path: target,
      agent,
      headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      signal: AbortSignal.timeout(limitMs),
    });
    request.on('response', (response) => {
      const finish = (): void => {
        const contentType = response.headers['content-type'] ?? '';
        const text = Buffer.concat(parts).toString();
        resolve({ status: response.statusCode ?? 0, contentType, body: text, ms: performance.now() - begun });
      };
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', finish);
      response.on('error', finish);
      // A stream of events does not end.
      if (response.headers['content-type']?.startsWith('text/event-stream')) {
        response.destroy();
        finish();
      }
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server may close the connection while a too long body is being sent.
      const isCut = ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
      if (isCut && (body?.length ?? 0) > 50_000)
        resolve({ status: 0, contentType: '', body: '', ms: performance.now() - begun });
      // Node's client reused a connection that the server was closing.
      else if (isCut && request.reusedSocket) resolve(sendRaw(attack));
      else reject(new Error(`${attack.what}: ${error.message}`, { cause: error }));
    });
    request.end(body);
  });
}

async function sendRaw({ what, port, method, target, headers, body, mayClose }: Attack): Promise<Response> {
  const all = {
    host: `127.0.0.1:${port}`,
    ...headers,
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    connection: 'close',
  };
  const head = [`${method} ${target} HTTP/1.1`, ...Object.entries(all).map(([name, value]) => `${name}: ${value}`)];
  const bytes = generalizedUtf8(`${head.join('\r\n')}\r\n\r\n${body ?? ''}`);
  const result = await exchange({ port, bytes, limitMs });
  if (result.kind === 'silent') throw new Error(`${what}: no response within ${limitMs / 1000} s`);
  if (result.status === 0 && !mayClose) throw new Error(`${what}: the connection was closed without a response`);
  const [responseHead = '', ...rest] = result.text.split('\r\n\r\n');
  const contentType = /\r\ncontent-type: *([^\r]*)/i.exec(responseHead)?.[1] ?? '';
  return {
    status: result.status,
    contentType,
    body: Buffer.from(rest.join('\r\n\r\n'), 'latin1').toString(),
    ms: result.ms,
  };
}
