import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { type Message, type Reply, isBytes } from '#core/message.ts';
import {
  appChannelFailed,
  appChannelMissing,
  appNotFound,
  directInvokeDenied,
  directInvokeFailed,
  failedAfterRetries,
  ownAppMissing,
  quoted,
  wrongApp,
} from './errors.ts';
import { endToEndHeaders, forwardedHeaders } from './headers.ts';
import { methodPath } from './method-path.ts';
import type { NameResolver, PeerRequest, PeerTransport } from './peers.ts';
import { type Policy, noPolicy } from '#core/policy.ts';
import { type Target, parseTarget } from './target.ts';

export interface InvokeOptions {
  readonly appId: string;
  readonly namespace: string;
  readonly names: NameResolver;
  readonly peers: PeerTransport;
  /** Undefined while the app has not been there yet, or when the sidecar has none. */
  readonly app: () => AppChannel | undefined;
  /** What surrounds calls to an app. Asked only for bodies of known length: a stream cannot be sent twice. */
  readonly policyFor?: (appId: string) => Policy;
  /** A channel to a server outside, such as `https://example.com`. Without it such targets are refused. */
  readonly external?: (origin: string) => AppChannel;
  /** This machine, as callees see it. */
  readonly host: { readonly address: string; readonly name: string };
  readonly clock: Clock;
  readonly log: Log;
}

export interface Invoke {
  /**
   * Calls an app's method. `target` is `{appid}`, `{appid}.{namespace}` or a URL. Whatever the app answers is the reply;
   * rejects with `ERR_DIRECT_INVOKE` when no app answered, and with the signal's reason when the caller gave up.
   */
  invoke(call: Call, target: string, message: Message): Promise<Reply>;
  /** A call from another sidecar, for the app of this one. */
  receive(call: Call, request: PeerRequest): Promise<Reply>;
}

/** An app that is not known may just be starting. */
const lookups = 10;
const lookupPauseMs = 100;

type AppTarget = Extract<Target, { kind: 'app' }>;

export function invokeBlock(options: InvokeOptions): Invoke {
  const { appId: self, namespace, names, peers, app, policyFor, external, host, clock, log } = options;
  const forwarded = forwardedHeaders(host);

  const stamps = (callee: string): readonly string[] => [
    'dapr-caller-app-id',
    self,
    'dapr-caller-namespace',
    namespace,
    'dapr-callee-app-id',
    callee,
  ];

  const locate = async (call: Call, target: AppTarget): Promise<string | undefined> => {
    for (let lookup = 1; ; lookup++) {
      const address = await names.resolve(call, target.appId, target.namespace);
      if (address !== undefined || lookup === lookups) return address;
      await sleep(clock, lookupPauseMs, call.signal);
    }
  };

  const remote = async (call: Call, target: AppTarget, message: Message): Promise<Reply> => {
    const { appId } = target;
    const policy = policyFor && isBytes(message.body) ? policyFor(appId) : noPolicy;
    return policy(call, `${message.verb} ${appId}${message.path}`, async (inner, attempt) => {
      const address = await locate(inner, target);
      if (address === undefined) {
        // it was there a moment ago: it is being restarted, and the next try may find it again
        throw attempt === 1 ? appNotFound(appId) : failedAfterRetries('Unavailable', appId, attempt - 1, 'it is gone');
      }
      try {
        return await peers.request(inner, address, { purpose: 'invoke', appId, message });
      } catch (cause) {
        if (!isTransient(cause)) throw cause;
        names.forget(appId, target.namespace, address);
        log.debug({ appId, address, attempt, error: textOf(cause) }, 'a sidecar did not answer');
        throw withCause(failedAfterRetries(cause.kind.grpc, appId, attempt - 1, quoted(cause)), cause);
      }
    });
  };

  return {
    async invoke(call, target, message) {
      try {
        const parsed = parseTarget(target);
        const path = methodPath(message.path);
        const { verb, query, body } = message;
        const headers = endToEndHeaders(message.headers);
        if (parsed.kind === 'external') {
          if (!external) throw appNotFound(target);
          const channel = external(parsed.origin);
          return await channel.request(call, { verb, path: parsed.basePath + path, query, headers, body });
        }
        headers.push(...stamps(parsed.appId));
        if (parsed.appId === self && (parsed.namespace === '' || parsed.namespace === namespace)) {
          const channel = app();
          if (!channel) throw ownAppMissing();
          return await channel.request(call, { verb, path, query, headers, body });
        }
        headers.push(...forwarded);
        return await remote(call, parsed, { verb, path, query, headers, body });
      } catch (cause) {
        throw call.signal.aborted ? call.signal.reason : failure(target, cause);
      }
    },

    async receive(call, request) {
      if (request.appId !== self) throw wrongApp(request.appId, self);
      const path = methodPath(request.message.path);
      const message = path === request.message.path ? request.message : { ...request.message, path };
      const channel = app();
      if (!channel) throw appChannelMissing();
      try {
        return await channel.request(call, message);
      } catch (cause) {
        if (call.signal.aborted) throw cause;
        throw withCause(appChannelFailed(textOf(cause)), cause);
      }
    },
  };
}

/** The other side did not take the call, as far as one can know: a retry is allowed. */
function isTransient(cause: unknown): cause is RuntimeError {
  return cause instanceof RuntimeError && (cause.kind.grpc === 'Unavailable' || cause.kind.grpc === 'Unauthenticated');
}

/** Too large a body is the caller's fault, and the door knows how to say so. */
function failure(target: string, cause: unknown): Error {
  if (cause instanceof RuntimeError && cause.kind.code === 'ERR_BODY_READ') return cause;
  const isDenied = cause instanceof RuntimeError && cause.kind.grpc === 'PermissionDenied';
  const describe = isDenied ? directInvokeDenied : directInvokeFailed;
  return withCause(describe(target, quoted(cause)), cause);
}
