import type {
  Broker,
  BrokerSubscription,
  IncomingMessage,
  MessageHandler,
  OutgoingMessage,
  SubscribeRequest,
} from '#blocks/pubsub/broker.ts';
import { atMost } from '#core/at-most.ts';
import type { Cancel } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';

/** Those of one consumer name on one topic: they share the messages. */
interface Group {
  readonly topic: string;
  readonly members: Member[];
  readonly queue: Delivery[];
  next: number;
}

interface Member {
  readonly handler: MessageHandler;
  readonly running: Set<Promise<void>>;
}

interface Delivery {
  readonly message: OutgoingMessage;
  readonly attempt: number;
}

const inFlightLimit = 64;
const firstDelayMs = 500;
const longestDelayMs = 30_000;

/**
 * Topics inside one sidecar: for learning and tests. A message goes to each consumer name that is subscribed when it is
 * published, and is gone with the process. A subscription to `orders*` hears every topic that begins so.
 */
export function memoryBroker({ clock, chance }: ComponentContext): Promise<Broker> {
  const groups = new Map<string, Group>();
  const waiting = new Set<Cancel>();
  let isClosed = false;

  const later = (delayMs: number, task: () => void): void => {
    const cancel = clock.after(delayMs, () => {
      waiting.delete(cancel);
      task();
    });
    waiting.add(cancel);
  };

  const deliver = (group: Group, delivery: Delivery): void => {
    // Nobody is there any more: like any message published to nobody, it is gone.
    if (isClosed || group.members.length === 0) return;
    group.queue.push(delivery);
    pump(group);
  };

  const pump = (group: Group): void => {
    while (group.queue.length > 0) {
      const member = freeMember(group);
      const delivery = member && group.queue.shift();
      if (!member || !delivery) return;
      const work = handle(member, delivery).then((verdict) => {
        member.running.delete(work);
        if (verdict === 'retry') {
          const again = { ...delivery, attempt: delivery.attempt + 1 };
          later(retryDelayMs(delivery.attempt, chance.random()), () => deliver(group, again));
        }
        pump(group);
      });
      member.running.add(work);
    }
  };

  const join = (request: SubscribeRequest, handler: MessageHandler): BrokerSubscription => {
    const key = `${request.consumer}\n${request.topic}`;
    const group = groups.get(key) ?? { topic: request.topic, members: [], queue: [], next: 0 };
    groups.set(key, group);
    const member: Member = { handler, running: new Set() };
    group.members.push(member);
    return {
      async close(drainMs) {
        const at = group.members.indexOf(member);
        if (at >= 0) group.members.splice(at, 1);
        if (group.members.length === 0) groups.delete(key);
        await atMost(clock, drainMs, Promise.all(member.running));
      },
    };
  };

  return Promise.resolve({
    features: ['SUBSCRIBE_WILDCARDS'],
    publish(_call, message) {
      if (isClosed) return Promise.reject(new Error('the broker is closed'));
      for (const group of groups.values())
        if (covers(group.topic, message.topic)) deliver(group, { message, attempt: 1 });
      return Promise.resolve();
    },
    subscribe: (request, handler) => Promise.resolve(join(request, handler)),
    close() {
      isClosed = true;
      for (const cancel of waiting) cancel();
      waiting.clear();
      return Promise.resolve();
    },
  });
}

/** The next in turn that has room. */
function freeMember(group: Group): Member | undefined {
  for (let i = 0; i < group.members.length; i++) {
    const member = group.members[group.next++ % group.members.length];
    if (member && member.running.size < inFlightLimit) return member;
  }
  return undefined;
}

async function handle(member: Member, { message, attempt }: Delivery): Promise<'ack' | 'retry'> {
  const { topic, data, contentType, metadata } = message;
  const incoming: IncomingMessage = { topic, data, metadata, attempt, ...(contentType ? { contentType } : {}) };
  // The publisher has its answer before anyone handles the message, as with a real broker.
  await Promise.resolve();
  return member.handler(incoming);
}

function covers(pattern: string, topic: string): boolean {
  return pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : pattern === topic;
}

/** Doubles with each attempt, spread by a fifth so that many do not come back at once. */
function retryDelayMs(attempt: number, chance: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1)) * (0.9 + 0.2 * chance);
}
