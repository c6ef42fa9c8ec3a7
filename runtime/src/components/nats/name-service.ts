import type { Msg } from '@nats-io/transport-node';
import { errors } from '@nats-io/transport-node';
import type { NameAnnouncer, NameResolver, PeerAddress } from '#blocks/invoke/peers.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { type NatsLink, openLink } from './connection.ts';
import { readSettings } from './settings.ts';

interface Known {
  readonly addresses: PeerAddress[];
  readonly askedAt: number;
  /** Whose turn it is. */
  next: number;
}

/** After so long others are asked again, while what is known still serves. */
const freshMs = 5000;
/** Replicas of an app that are slower to answer are heard of at the next question. */
const gatherMs = 250;
/** An address that did not answer is passed over for so long, while there are others. */
const avoidMs = 2000;
const changes = 'outrigger.names-changed';

/**
 * `nameresolution.nats`, of our own: who looks for an app asks on a subject of its name, and its sidecars answer with their
 * addresses. Nothing is stored: a sidecar that dies, however it dies, answers no more. What was found is kept for a while;
 * who comes and who goes says so, and while NATS is away what is known goes on to serve.
 */
export async function natsNames(context: ComponentContext): Promise<NameResolver & NameAnnouncer> {
  const { clock, log } = context;
  const link = await openLink(context, readSettings(context));
  const { nats } = link;
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<Known>>();
  const avoided = new Map<PeerAddress, number>();
  let withdrawal: (() => void) | undefined;

  const ask = (subject: string): Promise<Known> => {
    const running = asking.get(subject);
    if (running) return running;
    const found: Known = { addresses: [], askedAt: clock.monotonic(), next: known.get(subject)?.next ?? 0 };
    const question = gathered(link, subject, (address) => {
      if (!found.addresses.includes(address)) found.addresses.push(address);
    });
    const answer = question.first.then(() => {
      if (found.addresses.length > 0) known.set(subject, found);
      else known.delete(subject);
      return found;
    });
    asking.set(subject, answer);
    void Promise.allSettled([answer, question.all]).then(() => {
      if (asking.get(subject) === answer) asking.delete(subject);
    });
    return answer;
  };

  const watching = nats.subscribe(changes, {
    callback: (_error, message) => void known.delete(message.string()),
  });

  return {
    async resolve(_call, appId, namespace) {
      const subject = subjectOf(appId, namespace || context.namespace);
      let entry = known.get(subject);
      if (!entry) entry = await ask(subject);
      else if (clock.monotonic() - entry.askedAt > freshMs)
        void ask(subject).catch((cause: unknown) => log.debug({ appId, error: textOf(cause) }, 'names not refreshed'));
      return turnOf(entry, (address) => (avoided.get(address) ?? -Infinity) > clock.monotonic());
    },
    forget(appId, namespace, address) {
      const subject = subjectOf(appId, namespace || context.namespace);
      known.delete(subject);
      // what was asked before may have been answered by the dead one alone
      asking.delete(subject);
      avoided.set(address, clock.monotonic() + avoidMs);
      for (const [one, until] of avoided) if (until < clock.monotonic()) avoided.delete(one);
    },
    async announce({ appId, namespace, address }) {
      const subject = subjectOf(appId, namespace || context.namespace);
      const answering = nats.subscribe(subject, { callback: (_error, message) => void message.respond(address) });
      withdrawal = () => {
        answering.unsubscribe();
        if (!nats.isClosed()) nats.publish(changes, subject);
      };
      nats.publish(changes, subject);
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
      watching.unsubscribe();
      await link.close();
    },
  };
}

/** `first` resolves with the first answer, or when it is certain that there is none; `all` when the time to answer is over. */
function gathered(link: NatsLink, subject: string, hear: (address: PeerAddress) => void) {
  const { promise: first, resolve, reject } = Promise.withResolvers<void>();
  const listen = async (): Promise<void> => {
    if (!link.isUp()) throw new Error('the connection to NATS is lost');
    const answers: AsyncIterable<Msg> = await link.nats.requestMany(subject, '', {
      strategy: 'timer',
      maxWait: gatherMs,
    });
    for await (const answer of answers) {
      hear(answer.string());
      resolve();
    }
  };
  const all = listen().then(resolve, (cause: unknown) => {
    if (isNobody(cause)) return resolve();
    reject(new Error(`names cannot be asked for over NATS: ${textOf(cause)}`, { cause }));
  });
  return { first, all };
}

function isNobody(cause: unknown): boolean {
  return cause instanceof errors.NoRespondersError || (cause instanceof errors.RequestError && cause.isNoResponders());
}

/** Those that are passed over count only when there are no others. */
function turnOf(entry: Known, isAvoided: (address: PeerAddress) => boolean): PeerAddress | undefined {
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
