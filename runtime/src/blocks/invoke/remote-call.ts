import type { Call } from '#core/call.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { type Message, type Reply, isBytes } from '#core/message.ts';
import { type Policy, noPolicy } from '#core/policy.ts';
import { appNotFound, failedAfterRetries, quoted } from './errors.ts';
import type { NameResolver, PeerTransport } from './peers.ts';
import type { Target } from './target.ts';
import { callName } from './under-policy.ts';

export type AppTarget = Extract<Target, { kind: 'app' }>;

export interface RemoteCallOptions {
  readonly names: NameResolver;
  readonly peers: PeerTransport;
  /** The policy for a call to another sidecar, inside of the caller's. Used only for bodies of known length. */
  readonly retriesFor?: (appId: string) => Policy | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** An unknown app may just be starting. */
const lookups = 10;
const lookupPauseMs = 100;

/** A call to the sidecar of another app, with the retries between sidecars. */
export async function remoteCall(
  call: Call,
  target: AppTarget,
  message: Message,
  options: RemoteCallOptions,
): Promise<Reply> {
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

async function locate(
  call: Call,
  target: AppTarget,
  { names, clock }: Pick<RemoteCallOptions, 'names' | 'clock'>,
): Promise<string | undefined> {
  for (let lookup = 1; ; lookup++) {
    const address = await names.resolve(call, target.appId, target.namespace);
    if (address !== undefined || lookup === lookups) return address;
    await sleep(clock, lookupPauseMs, call.signal);
  }
}

/** The other side did not accept the call, as far as this side can know: a retry is allowed. */
function isTransient(cause: unknown): cause is RuntimeError {
  return cause instanceof RuntimeError && (cause.kind.grpc === 'Unavailable' || cause.kind.grpc === 'Unauthenticated');
}
