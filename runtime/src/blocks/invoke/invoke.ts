import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { type Message, type Reply, isBytes } from '#core/message.ts';
import type { AccessList } from './access-list.ts';
import {
  appChannelFailed,
  appChannelMissing,
  appNotFound,
  directInvokeDenied,
  directInvokeFailed,
  directInvokeStopped,
  failedAfterRetries,
  localAppMissing,
  quoted,
  targetInvalid,
  wrongApp,
} from './errors.ts';
import { endToEndHeaders, forwardedHeaders } from './headers.ts';
import { cleanedMethod, methodPath, urlPath } from './method-path.ts';
import type { NameResolver, PeerRequest, PeerTransport } from './peers.ts';
import { type Policy, noPolicy } from '#core/policy.ts';
import { rpcVerb } from '#core/rpc-frames.ts';
import { type Target, parseTarget } from './target.ts';
import { callName, underPolicy } from './under-policy.ts';

export interface InvokeOptions {
  readonly appId: string;
  readonly namespace: string;
  readonly names: NameResolver;
  readonly peers: PeerTransport;
  /** Undefined until the app was available for the first time, or when the sidecar has none. */
  readonly app: () => AppChannel | undefined;
  /**
   * The user's policy for whole calls to a target, as the caller wrote it; `endpoint` is the method, or the base URL of
   * a named endpoint. A status from 200 to 399 is a success. Streams are counted and sent only once.
   */
  readonly policyFor?: (target: string, endpoint: string) => Policy | undefined;
  /** The policy for a call to another sidecar, inside of the former. Used only for bodies of known length. */
  readonly retriesFor?: (appId: string) => Policy | undefined;
  /** A channel to an external server, such as `https://example.com`. Without it such targets are rejected. */
  readonly external?: (origin: string) => AppChannel;
  /** An external server that has a name here. Endpoint names take precedence over app ids. */
  readonly endpoint?: (name: string) => NamedEndpoint | undefined;
  /** Access rules for callers of this sidecar's app; without it every caller is allowed. */
  readonly access?: AccessList;
  /** This machine, as callees see it. */
  readonly host: { readonly address: string; readonly name: string };
  readonly clock: Clock;
  readonly log: Log;
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

/** An unknown app may just be starting. */
const lookups = 10;
const lookupPauseMs = 100;

type AppTarget = Extract<Target, { kind: 'app' }>;

/** One prepared call, which can be sent repeatedly when its body allows it. */
interface Plan {
  /** The key of the circuit breaker. */
  readonly endpoint: string;
  readonly send: (call: Call) => Promise<Reply>;
}

export function invokeBlock(options: InvokeOptions): Invoke {
  const { appId: self, namespace, app, host, policyFor, external, endpoint: endpointNamed, access } = options;
  const forwarded = forwardedHeaders(host);

  const stamps = (callee: string): readonly string[] => [
    'dapr-caller-app-id',
    self,
    'dapr-caller-namespace',
    // the reference's name for a missing namespace
    namespace || 'default',
    'dapr-callee-app-id',
    callee,
  ];

  const toEndpoint = ({ channel, basePath, baseUrl, headers }: NamedEndpoint, message: Message): Plan => {
    const all = [...withoutHeaders(message.headers, headers), ...headers];
    const outgoing = { ...message, path: basePath + urlPath(message.path), headers: all };
    return { endpoint: baseUrl, send: (call) => channel.request(call, outgoing) };
  };

  const toUrl = (target: string, parsed: Extract<Target, { kind: 'external' }>, message: Message): Plan => {
    if (!external) throw appNotFound(target);
    const channel = external(parsed.origin);
    const outgoing = { ...message, path: parsed.basePath + urlPath(message.path) };
    return { endpoint: message.path, send: (call) => channel.request(call, outgoing) };
  };

  const toApp = (target: AppTarget, { verb, path, query, headers: original, body }: Message): Plan => {
    const isSelf = target.appId === self && (target.namespace === '' || target.namespace === namespace);
    const headers = [...original, ...stamps(target.appId), ...(isSelf ? [] : forwarded)];
    const message = { verb, path, query, headers, body };
    if (!isSelf) return { endpoint: path, send: (call) => remoteCall(call, target, message, options) };
    const send = async (call: Call): Promise<Reply> => {
      const channel = app();
      if (!channel) throw localAppMissing();
      return await channel.request(call, forApp(channel, message));
    };
    return { endpoint: path, send };
  };

  const planOf = (target: string, original: Message): Plan => {
    const { verb, query, body } = original;
    const message = { verb, path: methodPath(original.path), query, headers: endToEndHeaders(original.headers), body };
    const named = endpointNamed?.(target);
    if (named) return toEndpoint(named, message);
    const parsed = parseTarget(target);
    return parsed.kind === 'external' ? toUrl(target, parsed, message) : toApp(parsed, message);
  };

  const toLocalApp = (call: Call, message: Message): Promise<Reply> => {
    access?.({ path: message.path });
    const channel = app();
    if (!channel) throw appChannelMissing();
    return channel.request(call, message);
  };

  return {
    async proxy(call, target, original, policyTarget) {
      const parsed = parseTarget(target);
      if (parsed.kind === 'external') throw targetInvalid(target);
      const { appId } = parsed;
      const isSelf = appId === self && (parsed.namespace === '' || parsed.namespace === namespace);
      const daprHeaders = stamps(appId);
      const message = { ...original, headers: [...withoutHeaders(original.headers, daprHeaders), ...daprHeaders] };
      const send = (inner: Call, outgoing: Message): Promise<Reply> =>
        isSelf ? toLocalApp(inner, outgoing) : remoteCall(inner, parsed, outgoing, options);
      const policy = policyTarget === undefined ? undefined : policyFor?.(policyTarget, message.path);
      return await (policy ? underPolicy(call, policy, { target, message, send }) : send(call, message));
    },

    async invoke(call, target, message) {
      try {
        const plan = planOf(target, message);
        const policy = policyFor?.(target, plan.endpoint);
        return await (policy ? underPolicy(call, policy, { target, message, send: plan.send }) : plan.send(call));
      } catch (cause) {
        throw call.signal.aborted ? call.signal.reason : failure(target, cause);
      }
    },

    async receive(call, request) {
      if (request.appId !== self) throw wrongApp(request.appId, self);
      if (request.message.verb === rpcVerb) return await toLocalApp(call, request.message);
      const path = cleanedMethod(request.message.path);
      const message = path === request.message.path ? request.message : { ...request.message, path };
      access?.({ path: decodedPath(path), verb: message.verb });
      const channel = app();
      if (!channel) throw appChannelMissing();
      const outgoing = forApp(channel, message);
      try {
        return await channel.request(call, outgoing);
      } catch (cause) {
        if (call.signal.aborted) throw cause;
        throw withCause(appChannelFailed(textOf(cause)), cause);
      }
    },
  };
}

type RemoteOptions = Pick<InvokeOptions, 'names' | 'peers' | 'retriesFor' | 'clock' | 'log'>;

async function locate(
  call: Call,
  target: AppTarget,
  { names, clock }: Pick<RemoteOptions, 'names' | 'clock'>,
): Promise<string | undefined> {
  for (let lookup = 1; ; lookup++) {
    const address = await names.resolve(call, target.appId, target.namespace);
    if (address !== undefined || lookup === lookups) return address;
    await sleep(clock, lookupPauseMs, call.signal);
  }
}

/** A call to the sidecar of another app, with the retries between sidecars. */
async function remoteCall(call: Call, target: AppTarget, message: Message, options: RemoteOptions): Promise<Reply> {
  const { names, peers, retriesFor, log } = options;
  const { appId } = target;
  const policy = (isBytes(message.body) ? retriesFor?.(appId) : undefined) ?? noPolicy;
  return policy(call, callName(appId, message), async (inner, attempt) => {
    const address = await locate(inner, target, options);
    if (address === undefined) {
      // it was found before: it is probably restarting, and the next attempt may find it again
      throw attempt === 1
        ? appNotFound(appId)
        : failedAfterRetries('Unavailable', appId, attempt - 1, 'its address is not known any more');
    }
    try {
      return await peers.request(inner, address, { purpose: 'invoke', appId, message });
    } catch (cause) {
      if (!isTransient(cause)) throw cause;
      names.forget(appId, target.namespace, address);
      log.debug({ appId, address, attempt, error: textOf(cause) }, 'sidecar did not respond');
      throw withCause(failedAfterRetries(cause.kind.grpc, appId, attempt - 1, quoted(cause)), cause);
    }
  });
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

/** The other side did not accept the call, as far as this side can know: a retry is allowed. */
function isTransient(cause: unknown): cause is RuntimeError {
  return cause instanceof RuntimeError && (cause.kind.grpc === 'Unavailable' || cause.kind.grpc === 'Unauthenticated');
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
