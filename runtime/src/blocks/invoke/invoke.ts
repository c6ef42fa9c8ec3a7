import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import type { Message, Reply } from '#core/message.ts';
import type { AccessList } from './access-list.ts';
import {
  appChannelFailed,
  appChannelMissing,
  appNotFound,
  directInvokeDenied,
  directInvokeFailed,
  directInvokeStopped,
  localAppMissing,
  quoted,
  targetInvalid,
  wrongApp,
} from './errors.ts';
import { endToEndHeaders, forwardedHeaders } from './headers.ts';
import { cleanedMethod, methodPath, urlPath } from './method-path.ts';
import type { PeerRequest } from './peers.ts';
import type { Policy } from '#core/policy.ts';
import { rpcVerb } from '#core/rpc-frames.ts';
import { type AppTarget, type RemoteCallOptions, remoteCall } from './remote-call.ts';
import { type Target, parseTarget } from './target.ts';
import { underPolicy } from './under-policy.ts';

export interface InvokeOptions extends RemoteCallOptions {
  readonly appId: string;
  readonly namespace: string;
  /** Undefined until the app was available for the first time, or when the sidecar has none. */
  readonly app: () => AppChannel | undefined;
  /**
   * The user's policy for whole calls to a target, as the caller wrote it; `endpoint` is the method, or the base URL of
   * a named endpoint. A status from 200 to 399 is a success. Streams are counted and sent only once.
   */
  readonly policyFor?: (target: string, endpoint: string) => Policy | undefined;
  /** A channel to an external server, such as `https://example.com`. Without it such targets are rejected. */
  readonly external?: (origin: string) => AppChannel;
  /** An external server that has a name here. Endpoint names take precedence over app ids. */
  readonly endpoint?: (name: string) => NamedEndpoint | undefined;
  /** Access rules for callers of this sidecar's app; without it every caller is allowed. */
  readonly access?: AccessList;
  /** This machine, as callees see it. */
  readonly host: { readonly address: string; readonly name: string };
}

/** An HTTPEndpoint resource, ready to be called. */
export interface NamedEndpoint {
  readonly baseUrl: string;
  readonly channel: AppChannel;
  /** Empty, or beginning with `/` and not ending with it. */
  readonly basePath: string;
  /** Names in lower case; they replace those of the caller. */
  readonly headers: readonly string[];
}

export interface Invoke {
  /**
   * Calls an app's method. `target` is `{appid}`, `{appid}.{namespace}`, the name of an HTTPEndpoint or a URL. Any
   * response of the app is the reply; rejects with `ERR_DIRECT_INVOKE` when no app responded, and with the signal's
   * reason when the caller cancelled.
   */
  invoke(call: Call, target: string, message: Message): Promise<Reply>;
  /**
   * Forwards a gRPC call (`rpcVerb`) to the app that `target` names, for any service. Policies are those of
   * `policyTarget`; without it there are none. Rejects when the app could not be called; its own status is in the
   * reply.
   */
  proxy(call: Call, target: string, message: Message, policyTarget?: string): Promise<Reply>;
  /** Handles a call from another sidecar, for the app of this one. */
  receive(call: Call, request: PeerRequest): Promise<Reply>;
}

/** One prepared call, which can be sent repeatedly when its body allows it. */
interface Plan {
  /** The key of the circuit breaker. */
  readonly endpoint: string;
  readonly send: (call: Call) => Promise<Reply>;
}

export function invokeBlock(options: InvokeOptions): Invoke {
  return new ServiceInvocation(options);
}

class ServiceInvocation implements Invoke {
  readonly #options: InvokeOptions;
  readonly #forwarded: readonly string[];

  constructor(options: InvokeOptions) {
    this.#options = options;
    this.#forwarded = forwardedHeaders(options.host);
  }

  async proxy(call: Call, target: string, original: Message, policyTarget?: string): Promise<Reply> {
    const { policyFor } = this.#options;
    const parsed = parseTarget(target);
    if (parsed.kind === 'external') throw targetInvalid(target);
    const isSelf = this.#isSelf(parsed);
    const daprHeaders = this.#stamps(parsed.appId);
    const message = { ...original, headers: [...withoutHeaders(original.headers, daprHeaders), ...daprHeaders] };
    const send = (inner: Call, outgoing: Message): Promise<Reply> =>
      isSelf ? this.#toLocalApp(inner, outgoing) : remoteCall(inner, parsed, outgoing, this.#options);
    const policy = policyTarget === undefined ? undefined : policyFor?.(policyTarget, message.path);
    return await (policy ? underPolicy(call, policy, { target, message, send }) : send(call, message));
  }

  async invoke(call: Call, target: string, message: Message): Promise<Reply> {
    try {
      const plan = this.#planOf(target, message);
      const policy = this.#options.policyFor?.(target, plan.endpoint);
      return await (policy ? underPolicy(call, policy, { target, message, send: plan.send }) : plan.send(call));
    } catch (cause) {
      throw call.signal.aborted ? call.signal.reason : failure(target, cause);
    }
  }

  async receive(call: Call, request: PeerRequest): Promise<Reply> {
    const { appId, access } = this.#options;
    if (request.appId !== appId) throw wrongApp(request.appId, appId);
    if (request.message.verb === rpcVerb) return await this.#toLocalApp(call, request.message);
    const path = cleanedMethod(request.message.path);
    const message = path === request.message.path ? request.message : { ...request.message, path };
    access?.({ path: decodedPath(path), verb: message.verb });
    const channel = this.#requireChannel();
    const outgoing = forApp(channel, message);
    try {
      return await channel.request(call, outgoing);
    } catch (cause) {
      if (call.signal.aborted) throw cause;
      throw withCause(appChannelFailed(textOf(cause)), cause);
    }
  }

  #planOf(target: string, original: Message): Plan {
    const { verb, query, body } = original;
    const message = { verb, path: methodPath(original.path), query, headers: endToEndHeaders(original.headers), body };
    const named = this.#options.endpoint?.(target);
    if (named) return toEndpoint(named, message);
    const parsed = parseTarget(target);
    return parsed.kind === 'external' ? this.#toUrl(target, parsed, message) : this.#toApp(parsed, message);
  }

  #toUrl(target: string, parsed: Extract<Target, { kind: 'external' }>, message: Message): Plan {
    const { external } = this.#options;
    if (!external) throw appNotFound(target);
    const channel = external(parsed.origin);
    const outgoing = { ...message, path: parsed.basePath + urlPath(message.path) };
    return { endpoint: message.path, send: (call) => channel.request(call, outgoing) };
  }

  #toApp(target: AppTarget, { verb, path, query, headers: original, body }: Message): Plan {
    const options = this.#options;
    const isSelf = this.#isSelf(target);
    const headers = [...original, ...this.#stamps(target.appId), ...(isSelf ? [] : this.#forwarded)];
    const message = { verb, path, query, headers, body };
    if (!isSelf) return { endpoint: path, send: (call) => remoteCall(call, target, message, options) };
    const send = async (call: Call): Promise<Reply> => {
      const channel = options.app();
      if (!channel) throw localAppMissing();
      return await channel.request(call, forApp(channel, message));
    };
    return { endpoint: path, send };
  }

  #toLocalApp(call: Call, message: Message): Promise<Reply> {
    this.#options.access?.({ path: message.path });
    return this.#requireChannel().request(call, message);
  }

  #requireChannel(): AppChannel {
    const channel = this.#options.app();
    if (!channel) throw appChannelMissing();
    return channel;
  }

  #isSelf(target: AppTarget): boolean {
    const { appId, namespace } = this.#options;
    return target.appId === appId && (target.namespace === '' || target.namespace === namespace);
  }

  #stamps(callee: string): readonly string[] {
    const { appId, namespace } = this.#options;
    return [
      'dapr-caller-app-id',
      appId,
      'dapr-caller-namespace',
      // the reference's name for a missing namespace
      namespace || 'default',
      'dapr-callee-app-id',
      callee,
    ];
  }
}

function toEndpoint({ channel, basePath, baseUrl, headers }: NamedEndpoint, message: Message): Plan {
  const all = [...withoutHeaders(message.headers, headers), ...headers];
  const outgoing = { ...message, path: basePath + urlPath(message.path), headers: all };
  return { endpoint: baseUrl, send: (call) => channel.request(call, outgoing) };
}

/** A gRPC app gets the method unchanged. */
function forApp({ protocol }: AppChannel, message: Message): Message {
  if (protocol === 'grpc' || protocol === 'grpcs') return message;
  const path = urlPath(message.path);
  return path === message.path ? message : { ...message, path };
}

/** The remaining escapes are decoded by the app only: rules apply to the decoded path. */
function decodedPath(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function withoutHeaders(headers: readonly string[], replaced: readonly string[]): readonly string[] {
  const names = new Set(replaced.filter((_, i) => i % 2 === 0));
  return names.size === 0 ? headers : headers.filter((_, i) => !names.has(headers[i - (i % 2)] ?? ''));
}

/** The last attempt was cut off by the policy, or none was made. */
const stoppedByPolicy = new Set(['ERR_POLICY_TIMEOUT', 'ERR_BREAKER_OPEN', 'ERR_BREAKER_BUSY']);

/** A body that is too large is the caller's error, which the API servers report. */
function failure(target: string, cause: unknown): Error {
  if (cause instanceof RuntimeError && cause.kind.code === 'ERR_BODY_READ') return cause;
  if (cause instanceof RuntimeError && stoppedByPolicy.has(cause.kind.code))
    return withCause(directInvokeStopped(cause.kind.grpc, target, cause.message), cause);
  const isDenied = cause instanceof RuntimeError && cause.kind.grpc === 'PermissionDenied';
  const describe = isDenied ? directInvokeDenied : directInvokeFailed;
  return withCause(describe(target, quoted(cause)), cause);
}
