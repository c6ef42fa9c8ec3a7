import assert from 'node:assert/strict';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { type FakeClock, fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import type { Message, Reply } from '#core/message.ts';
import { type Invoke, type InvokeOptions, invokeBlock } from './invoke.ts';
import type { NameResolver, PeerRequest } from './peers.ts';

export const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

export interface InvokeFixture {
  readonly invoke: Invoke;
  readonly clock: FakeClock;
  readonly sent: { address: string; request: PeerRequest }[];
  readonly appRequests: Message[];
  readonly forgotten: string[];
}

export function invokeFixture(
  options: Partial<InvokeOptions> & { respond?: (request: PeerRequest) => Promise<Reply> } = {},
): InvokeFixture {
  const clock = fakeClock();
  const sent: InvokeFixture['sent'] = [];
  const appRequests: Message[] = [];
  const forgotten: string[] = [];
  const ok = (): Promise<Reply> => Promise.resolve({ status: 200, headers: [], body: Buffer.from('ok') });
  const names: NameResolver = {
    resolve: (_call, appId, namespace) =>
      Promise.resolve(appId === 'nobody' ? undefined : `${appId}${namespace ? `@${namespace}` : ''}:1`),
    forget: (_appId, _namespace, address) => void forgotten.push(address),
    close: () => Promise.resolve(),
  };
  const app: AppChannel = {
    protocol: 'http',
    request: (_call, message) => {
      appRequests.push(message);
      return ok();
    },
    close: () => Promise.resolve(),
  };
  const invoke = invokeBlock({
    appId: 'me',
    namespace: 'shop',
    names,
    peers: {
      request: (_call, address, request) => {
        sent.push({ address, request });
        return options.respond ? options.respond(request) : ok();
      },
      abandon: () => {},
      close: () => Promise.resolve(),
    },
    app: () => app,
    host: { address: '10.0.0.7', name: 'box' },
    clock,
    log: silentLog,
    ...options,
  });
  return { invoke, clock, sent, appRequests, forgotten };
}

export function message(
  path: string,
  headers: readonly string[] = [],
  body: Message['body'] = Buffer.from('hi'),
): Message {
  return { verb: 'POST', path, query: 'a=1&b=%20', headers, body };
}

export function wire(code: string, http: number, text: string): (cause: unknown) => boolean {
  return (cause) => {
    assert.ok(cause instanceof RuntimeError);
    assert.deepEqual([cause.kind.code, cause.kind.http, cause.message], [code, http, text]);
    return true;
  };
}
