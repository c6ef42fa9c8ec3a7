import { connect } from 'node:net';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpRequest } from 'node:http';
import { randomBytes } from 'node:crypto';
import { connect as connectNats } from '@nats-io/transport-node';
import pg from 'pg';
import { callRpc, framed } from '../hostile/rpc-call.ts';
import { sharedSecret } from '../../runtime/src/cluster/transport/authentication.ts';
import { peerTransport } from '../../runtime/src/cluster/transport/peer-transport.ts';

/** One call of each protocol of the store; each returns its outcome as a short text. */

/** The status of an HTTP request. */
export function http(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, timeout: 10_000, agent: false });
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.statusCode)));
    });
    request.on('error', reject);
    request.end();
  });
}

/** The gRPC status of `GetMetadata`. */
export async function grpc(port: number, headers: Readonly<Record<string, string>>): Promise<string> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  try {
    const { status } = await callRpc(session, {
      headers: {
        ':method': 'POST',
        ':path': '/dapr.proto.runtime.v1.Dapr/GetMetadata',
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      },
      body: framed(Buffer.alloc(0)),
      endStream: true,
      limitMs: 10_000,
    });
    return status;
  } finally {
    session.close();
  }
}

/** A call by the sidecars' own transport to the internal port: its status, or `closed`. */
export async function peer(port: number, appId: string, secret?: string): Promise<string> {
  const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
  const clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after(delayMs: number, task: () => void) {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
  };
  const transport = peerTransport({
    clock,
    authentication: secret === undefined ? undefined : sharedSecret({ secret, hex }),
  });
  const trace = { traceId: hex(16), spanId: hex(8), sampled: false };
  const message = { verb: 'GET', path: '/healthz', query: '', headers: [], body: Buffer.alloc(0) };
  try {
    const call = { trace, signal: AbortSignal.timeout(10_000) };
    const { status } = await transport.request(call, `127.0.0.1:${port}`, { purpose: 'invoke', appId, message });
    return String(status);
  } catch {
    return 'closed';
  } finally {
    await transport.close();
  }
}

/** `open`, or the SQLSTATE of the rejection. */
export async function postgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return 'open';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // Without a password the client fails itself, where the server would return 28P01.
    return code ?? (/password must be/.test(message) ? '28P01' : message);
  } finally {
    await client.end().catch(() => {});
  }
}

/** `open` or `closed`. */
export async function nats(port: number, login: { readonly user?: string; readonly pass?: string }): Promise<string> {
  try {
    const connection = await connectNats({ servers: `127.0.0.1:${port}`, reconnect: false, timeout: 10_000, ...login });
    await connection.flush();
    await connection.close();
    return 'open';
  } catch {
    return 'closed';
  }
}

/** An HTTP request to a port of another protocol: `closed`, or the response. */
export async function plainHttp(port: number, headers: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}`);
  const text = await untilClosed(port, Buffer.from(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`));
  // NATS sends its INFO before any request, and an error before it closes.
  const withoutGreeting = text.replace(/^INFO \{[^\r]*\}\s*/, '').replace(/^-ERR '[^']*'\s*/, '');
  return withoutGreeting.startsWith('HTTP') ? withoutGreeting.slice(0, 20) : 'closed';
}

/** The received bytes until the other side closes the connection, within 10 s. */
export function untilClosed(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(bytes));
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`port ${port} does not close the connection`));
    }, 10_000);
    let text = '';
    socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}
