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
  /** Whose turn it is. */
  next: number;
}

/** After so long others are asked again, while what is known still serves. */
const freshMs = 5000;
/** Replicas of an app that are slower to answer are heard of at the next question. */
const gatherMs = 250;
/** An address that did not answer is passed over for so long, while there are others. */
const avoidMs = 2000;
const changesSubject = 'outrigger.names-changed';

/**
 * `nameresolution.nats`, of our own: who looks for an app asks on a subject of its name, and its sidecars answer with their
 * addresses. Nothing is stored: a sidecar that dies, however it dies, answers no more. What was found is kept for a while;
 * who comes and who goes says so, and while NATS is away what is known goes on to serve.
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
      // what was asked before may have been answered by the dead one alone
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
      log.debug({ appId, address }, 'this sidecar can be found');
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

/** `first` resolves with the first answer, or when it is certain that there is none; `all` when the time to answer is over. */
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
    reject(new Error(`names cannot be asked for over NATS: ${textOf(cause)}`, { cause }));
  });
  return { first, all };
}

function isNoResponders(cause: unknown): boolean {
  return cause instanceof errors.NoRespondersError || (cause instanceof errors.RequestError && cause.isNoResponders());
}

/** Those that are passed over count only when there are no others. */
function nextAddress(entry: CachedAddresses, isAvoided: (address: PeerAddress) => boolean): PeerAddress | undefined {
  const { addresses } = entry;
  for (let tries = 0; tries < addresses.length; tries++) {
    const address = addresses[entry.next++ % addresses.length];
    if (address !== undefined && !isAvoided(address)) return address;
  }
  return addresses[entry.next++ % addresses.length];
}

/** Names may hold what means something in subjects. */
function subjectOf(appId: string, namespace: string): string {
  const token = (text: string): string => Buffer.from(text).toString('base64url') || '_';
  return `outrigger.names.${token(namespace)}.${token(appId)}`;
}
