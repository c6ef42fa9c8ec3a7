import type { Msg } from '@nats-io/transport-node';
import { errors } from '@nats-io/transport-node';
import type { NameAnnouncer, NameResolver, PeerAddress } from '#blocks/invoke/peers.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { type NatsLink, openLink } from './connection.ts';
import { jetStreamSettings } from './settings.ts';

interface CachedAddresses {
  readonly addresses: PeerAddress[];
  readonly queriedAt: number;
  /** Index of the next address, for round robin. */
  next: number;
}

/** After this time the addresses are queried again in the background, while the cached ones are used. */
const freshMs = 5000;
/** Replies that arrive later are missed until the next query. */
const gatherMs = 250;
/** An address that failed is skipped for this time while there are others. */
const avoidMs = 2000;
const changesSubject = 'outrigger.names-changed';

/**
 * `nameresolution.nats`, an extension: the sidecars of an app respond to a request on its subject with their addresses.
 * Nothing is stored: a sidecar that has ended does not reply any more. Addresses are cached; sidecars publish when they join
 * and leave, and while NATS is disconnected the cached addresses are used.
 */
export async function natsNames(context: ComponentContext): Promise<NameResolver & NameAnnouncer> {
  const { clock, log } = context;
  const link = await openLink(context, jetStreamSettings(context));
  const { nats } = link;
  const cached = new Map<string, CachedAddresses>();
  const pending = new Map<string, Promise<CachedAddresses>>();
  const avoided = new Map<PeerAddress, number>();
  let withdrawal: (() => void) | undefined;

  const query = (subject: string): Promise<CachedAddresses> => {
    const running = pending.get(subject);
    if (running) return running;
    const fresh: CachedAddresses = {
      addresses: [],
      queriedAt: clock.monotonic(),
      next: cached.get(subject)?.next ?? 0,
    };
    const gathering = gatherReplies(link, subject, (address) => {
      if (!fresh.addresses.includes(address)) fresh.addresses.push(address);
    });
    const reply = gathering.first.then(() => {
      if (fresh.addresses.length > 0) cached.set(subject, fresh);
      else cached.delete(subject);
      return fresh;
    });
    pending.set(subject, reply);
    void Promise.allSettled([reply, gathering.all]).then(() => {
      if (pending.get(subject) === reply) pending.delete(subject);
    });
    return reply;
  };

  const changesSubscription = nats.subscribe(changesSubject, {
    callback: (_error, message) => void cached.delete(message.string()),
  });

  return {
    async resolve(_call, appId, namespace) {
      const subject = subjectOf(appId, namespace || context.namespace);
      let entry = cached.get(subject);
      if (!entry) entry = await query(subject);
      else if (clock.monotonic() - entry.queriedAt > freshMs)
        void query(subject).catch((cause: unknown) =>
          log.debug({ appId, error: textOf(cause) }, 'names not refreshed'),
        );
      return nextAddress(entry, (address) => (avoided.get(address) ?? -Infinity) > clock.monotonic());
    },
    forget(appId, namespace, address) {
      const subject = subjectOf(appId, namespace || context.namespace);
      cached.delete(subject);
      // a query that is still running may have a reply of the failed address only
      pending.delete(subject);
      avoided.set(address, clock.monotonic() + avoidMs);
      for (const [one, until] of avoided) if (until < clock.monotonic()) avoided.delete(one);
    },
    async announce({ appId, namespace, address }) {
      const subject = subjectOf(appId, namespace || context.namespace);
      const responder = nats.subscribe(subject, { callback: (_error, message) => void message.respond(address) });
      withdrawal = () => {
        responder.unsubscribe();
        if (!nats.isClosed()) nats.publish(changesSubject, subject);
      };
      nats.publish(changesSubject, subject);
      await nats.flush();
      log.debug({ appId, address }, 'sidecar announced over NATS');
    },
    async withdraw() {
      withdrawal?.();
      withdrawal = undefined;
      if (link.isUp()) await nats.flush();
    },
    async close() {
      withdrawal?.();
      withdrawal = undefined;
      changesSubscription.unsubscribe();
      await link.close();
    },
  };
}

/** `first` resolves with the first reply, or when there is none; `all` resolves when the time for replies is over. */
function gatherReplies(link: NatsLink, subject: string, onAddress: (address: PeerAddress) => void) {
  const { promise: first, resolve, reject } = Promise.withResolvers<void>();
  const listen = async (): Promise<void> => {
    if (!link.isUp()) throw new Error('the connection to NATS is lost');
    const replies: AsyncIterable<Msg> = await link.nats.requestMany(subject, '', {
      strategy: 'timer',
      maxWait: gatherMs,
    });
    for await (const reply of replies) {
      onAddress(reply.string());
      resolve();
    }
  };
  const all = listen().then(resolve, (cause: unknown) => {
    if (isNoResponders(cause)) return resolve();
    reject(new Error(`names cannot be resolved over NATS: ${textOf(cause)}`, { cause }));
  });
  return { first, all };
}

function isNoResponders(cause: unknown): boolean {
  return cause instanceof errors.NoRespondersError || (cause instanceof errors.RequestError && cause.isNoResponders());
}

/** Avoided addresses are used only when there are no others. */
function nextAddress(entry: CachedAddresses, isAvoided: (address: PeerAddress) => boolean): PeerAddress | undefined {
  const { addresses } = entry;
  for (let tries = 0; tries < addresses.length; tries++) {
    const address = addresses[entry.next++ % addresses.length];
    if (address !== undefined && !isAvoided(address)) return address;
  }
  return addresses[entry.next++ % addresses.length];
}

/** Encoded, since names may contain special characters of subjects. */
function subjectOf(appId: string, namespace: string): string {
  const token = (text: string): string => Buffer.from(text).toString('base64url') || '_';
  return `outrigger.names.${token(namespace)}.${token(appId)}`;
}
