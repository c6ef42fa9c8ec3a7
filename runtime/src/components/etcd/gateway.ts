import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { stateStatementRejected, stateUnavailable } from '#blocks/state/errors.ts';
import type { Call } from '#core/call.ts';
import { isRecord } from '#core/cloud-event.ts';
import type { Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { EtcdSettings } from './settings.ts';

/** etcd's JSON gateway to its gRPC API: the same messages, with bytes as base64 and 64-bit integers as strings. */
export interface EtcdGateway {
  /** `path` is such as `/v3/kv/txn`. Rejects with `stateStatementRejected` or `stateUnavailable`. */
  request(call: Call, path: string, requestBody: object): Promise<Readonly<Record<string, unknown>>>;
  close(): void;
}

const timeoutMs = 5000;
/** The request was not sent, so it can go to another server. */
const unreachableCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

/** Connects on the first request, and keeps using the server that responded. */
export function etcdGateway({ endpoints, tls }: EtcdSettings, clock: Clock): EtcdGateway {
  const http = new HttpAgent({ keepAlive: true });
  const https = new HttpsAgent({ keepAlive: true, ...tls });
  let current = 0;

  const send = (url: string, body: Buffer, signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const options = { method: 'POST', signal, headers: { 'content-type': 'application/json' } };
      const request = tls
        ? httpsRequest(url, { ...options, agent: https }, resolve)
        : httpRequest(url, { ...options, agent: http }, resolve);
      request.once('error', reject);
      request.end(body);
    });

  const sendToReachable = async (path: string, body: Buffer, signal: AbortSignal): Promise<IncomingMessage> => {
    for (let tried = 1; ; tried++) {
      const endpoint = endpoints[current % endpoints.length] ?? '';
      try {
        return await send(`${endpoint}${path}`, body, signal);
      } catch (cause) {
        signal.throwIfAborted();
        if (tried < endpoints.length && unreachableCodes.has(codeOf(cause))) current++;
        else throw withCause(stateUnavailable(`etcd at ${endpoint} cannot be reached: ${textOf(cause)}`), cause);
      }
    }
  };

  return {
    async request(call, path, requestBody) {
      const body = Buffer.from(JSON.stringify(requestBody));
      const work = async (late: AbortSignal): Promise<Readonly<Record<string, unknown>>> => {
        const response = await sendToReachable(path, body, AbortSignal.any([call.signal, late]));
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part as Buffer);
        const responseBody = parse(Buffer.concat(parts));
        if (response.statusCode === 200) return responseBody;
        const { message } = responseBody;
        const reason = typeof message === 'string' ? message : `HTTP status ${response.statusCode}`;
        throw stateStatementRejected(`etcd rejected the request: ${reason}`);
      };
      return await withTimeout(clock, timeoutMs, work, () =>
        stateUnavailable(`etcd did not respond within ${timeoutMs} ms`),
      );
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

function parse(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
