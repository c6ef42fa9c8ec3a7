import type {
  Broker,
  BrokerSubscription,
  IncomingMessage,
  MessageHandler,
  OutgoingMessage,
  SubscribeRequest,
  Verdict,
} from '#blocks/pubsub/broker.ts';
import { atMost } from '#core/at-most.ts';
import type { ComponentContext } from '#core/component.ts';

/** Those of one consumer name on one topic: they share the messages. */
interface Group {
  readonly topic: string;
  readonly members: Member[];
  readonly queue: OutgoingMessage[];
  next: number;
}

interface Member {
  readonly handler: MessageHandler;
  running: Promise<void> | undefined;
}

/**
 * Topics inside one sidecar: for learning and tests. A message goes to each consumer name that is subscribed when it is
 * published, and is gone with the process. A subscription to `orders*` hears every topic that begins so. As upstream, a
 * subscriber gets one message after the other, and what it refuses is logged and gone: a Resiliency resource may ask for
 * further tries.
 */
export function memoryBroker({ clock, log }: ComponentContext): Promise<Broker> {
  const groups = new Map<string, Group>();
  let isClosed = false;

  const deliver = (group: Group, message: OutgoingMessage): void => {
    // Nobody is there any more: like any message published to nobody, it is gone.
    if (isClosed || group.members.length === 0) return;
    group.queue.push(message);
    pump(group);
  };

  const pump = (group: Group): void => {
    while (group.queue.length > 0) {
      const member = freeMember(group);
      const message = member && group.queue.shift();
      if (!member || !message) return;
      const work = handle(member, message).then((verdict) => {
        member.running = undefined;
        if (verdict === 'retry')
          log.error(
            { topic: message.topic, id: message.id },
            'the message was refused and is gone: topics in memory do not repeat',
          );
        pump(group);
      });
      member.running = work;
    }
  };

  const join = (request: SubscribeRequest, handler: MessageHandler): BrokerSubscription => {
    const key = `${request.consumer}\n${request.topic}`;
    const group = groups.get(key) ?? { topic: request.topic, members: [], queue: [], next: 0 };
    groups.set(key, group);
    const member: Member = { handler, running: undefined };
    group.members.push(member);
    return {
      async close(drainMs) {
        const at = group.members.indexOf(member);
        if (at >= 0) group.members.splice(at, 1);
        if (group.members.length === 0) groups.delete(key);
        if (member.running) await atMost(clock, drainMs, member.running);
      },
    };
  };

  return Promise.resolve({
    features: ['SUBSCRIBE_WILDCARDS'],
    publish(_call, message) {
      if (isClosed) return Promise.reject(new Error('the broker is closed'));
      for (const group of groups.values()) if (covers(group.topic, message.topic)) deliver(group, message);
      return Promise.resolve();
    },
    subscribe: (request, handler) => Promise.resolve(join(request, handler)),
    close() {
      isClosed = true;
      return Promise.resolve();
    },
  });
}

/** The next in turn that has room. */
function freeMember(group: Group): Member | undefined {
  for (let i = 0; i < group.members.length; i++) {
    const member = group.members[group.next++ % group.members.length];
    if (member && member.running === undefined) return member;
  }
  return undefined;
}

async function handle(member: Member, message: OutgoingMessage): Promise<Verdict> {
  const { topic, data, contentType, metadata } = message;
  const incoming: IncomingMessage = { topic, data, metadata, attempt: 1, ...(contentType ? { contentType } : {}) };
  // The publisher has its answer before anyone handles the message, as with a real broker.
  await Promise.resolve();
  return member.handler(incoming);
}

function covers(pattern: string, topic: string): boolean {
  return pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : pattern === topic;
}
