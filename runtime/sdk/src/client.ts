import { actorReferences } from './actors/actor-reference.ts';
import type { ActorDefinition, ActorReferences, MethodTable } from './actors/definition.ts';
import type { OutgoingEvent } from './cloud-event.ts';
import { DaprError } from './dapr-error.ts';
import { encodePart, pathOf } from './path.ts';
import type { PathPart, QueryValue } from './path.ts';
import type { Clock } from './ports.ts';
import { publish } from './publish.ts';
import { errorOfResponse, expectSuccess, jsonOf, sidecarCall } from './sidecar-call.ts';
import type { CallOptions, SendToSidecar } from './sidecar-call.ts';
import { stateClient } from './state-client.ts';
import type { StateClient } from './state-client.ts';
import { contextCarrier } from './trace-context.ts';
import type { ContextCarrier } from './trace-context.ts';
import { httpTransport } from './transport.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

export interface DaprClientOptions {
  /** The sidecar's HTTP port on this machine. */
  readonly httpPort?: number;
  /** Instead of `httpPort`: where the sidecar listens, such as `http://127.0.0.1:3500`. */
  readonly endpoint?: string;
  readonly apiToken?: string;
  /** 20 s when absent. */
  readonly timeoutMs?: number;
  /** HTTP when absent; a fake in tests. */
  readonly transport?: Transport;
  readonly clock: Clock;
}

export interface Invocation extends CallOptions {
  /** The app id of the callee. */
  readonly app: string;
  /** `GET` when absent. */
  readonly method?: TransportRequest['method'];
  /** The segments of the path, each encoded so that it stays one segment; see `pathOf`. */
  readonly path: readonly PathPart[];
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON. */
  readonly json?: unknown;
}

export interface RawInvocation extends Omit<Invocation, 'json'> {
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
}

export interface DaprClient {
  /** Calls another app. JSON in and out; undefined for an empty response. Throws `ProblemError` or `DaprError` unless 2xx. */
  invoke<T = unknown>(invocation: Invocation): Promise<T>;
  /** Bytes in and out; resolves for every status. */
  invokeRaw(invocation: RawInvocation): Promise<TransportResponse>;
  state(store: string): StateClient;
  publish(event: OutgoingEvent, options?: CallOptions): Promise<void>;
  /** The secret's parts by name; most stores have one, named like the secret. */
  secret(store: string, name: string): Promise<Readonly<Record<string, string>>>;
  metadata(): Promise<SidecarMetadata>;
  /** Resolves once the sidecar can be called; rejects after `withinMs` (30 s when absent). */
  waitForSidecar(withinMs?: number): Promise<void>;
  /** References to actors, typed by their definition. */
  actors<M extends MethodTable>(definition: ActorDefinition<M>): ActorReferences<M>;
  /** Any route of the sidecar; resolves for every status. */
  readonly send: SendToSidecar;
  /** The trace that outgoing calls belong to. */
  readonly context: ContextCarrier;
  close(): Promise<void>;
}

export interface SidecarMetadata {
  readonly id: string;
  readonly runtimeVersion: string;
  readonly enabledFeatures?: readonly string[];
  readonly components?: readonly { readonly name: string; readonly type: string; readonly version: string }[];
  readonly [more: string]: unknown;
}

export function daprClient(options: DaprClientOptions): DaprClient {
  const endpoint = options.endpoint ?? `http://127.0.0.1:${options.httpPort ?? 3500}`;
  const transport = options.transport ?? httpTransport(endpoint);
  const context = contextCarrier();
  const { apiToken, timeoutMs = 20_000, clock } = options;
  const send = sidecarCall(transport, context, { apiToken, timeoutMs });

  const invokeRaw = async (invocation: RawInvocation): Promise<TransportResponse> => {
    const { app, path, query, method = 'GET', ...rest } = invocation;
    return send({ ...rest, method, path: `/v1.0/invoke/${encodePart(app)}/method${pathOf(path, query)}` });
  };

  return {
    async invoke<T>({ json, ...invocation }: Invocation) {
      const operation = `${invocation.method ?? 'GET'} ${invocation.app}/${invocation.path.join('/')}`;
      const body = json === undefined ? undefined : JSON.stringify(json);
      return jsonOf<T>(expectSuccess(await invokeRaw({ ...invocation, body }), operation), operation);
    },
    invokeRaw,
    state: (store) => stateClient(send, store),
    publish: (event, callOptions) => publish(send, event, callOptions),
    async secret(store, name) {
      const path = pathOf(['v1.0', 'secrets', store, name]);
      const response = expectSuccess(await send({ method: 'GET', path }), `secret ${name} of ${store}`);
      return jsonOf<Record<string, string> | undefined>(response, `secret ${name} of ${store}`) ?? {};
    },
    async metadata() {
      const response = expectSuccess(await send({ method: 'GET', path: '/v1.0/metadata' }), 'sidecar metadata');
      return jsonOf<SidecarMetadata>(response, 'sidecar metadata');
    },
    waitForSidecar: (withinMs = 30_000) => waitForSidecar(send, clock, withinMs),
    actors: (definition) => actorReferences(send, definition),
    send,
    context,
    close: () => transport.close(),
  };
}

async function waitForSidecar(send: SendToSidecar, clock: Clock, withinMs: number): Promise<void> {
  const deadline = clock.now() + withinMs;
  for (;;) {
    let last: DaprError;
    try {
      const response = await send({ method: 'GET', path: '/v1.0/healthz/outbound', timeoutMs: 2_000 });
      if (response.status < 300) return;
      last = errorOfResponse(response, 'sidecar health');
    } catch (cause) {
      if (!(cause instanceof DaprError)) throw cause;
      last = cause;
    }
    if (clock.now() >= deadline) {
      const message = `the sidecar was not ready within ${withinMs} ms: ${last.message}`;
      throw new DaprError(503, 'ERR_SIDECAR_UNREACHABLE', message, { cause: last });
    }
    await new Promise<void>((resolve) => void clock.after(100, resolve));
  }
}
