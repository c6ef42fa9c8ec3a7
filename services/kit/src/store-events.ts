import { DropEventError } from '@outrigger/sdk';
import type { CloudEvent, OutgoingEvent, Subscription } from '@outrigger/sdk';
import type { Messages, MessageType, OrderCommand } from '@tidewater/contracts/events.ts';
import { commandSchemas, messageSchemas } from '@tidewater/contracts/schemas.ts';
import { deadLetterTopicOf, pubsub, topicOf } from '@tidewater/contracts/topics.ts';
import type { Topic } from '@tidewater/contracts/topics.ts';
import { renamedEventTypes, upcastData } from '@tidewater/contracts/upcasters.ts';
import { isIdentifier, isPermanent } from './failures.ts';
import { parse } from './schema.ts';

/** A message of the store, on its topic. `id` identifies it to consumers; random when absent. */
export function storeMessage<T extends MessageType>(type: T, data: Messages[T], id?: string): OutgoingEvent {
  return { pubsub, topic: topicOf[type], type, data, id };
}

export type StoreHandlers = {
  readonly [T in MessageType]?: (event: CloudEvent<Messages[T]>) => Promise<void> | void;
};

/** The version of the messages' data that this code understands; data without a version has it. */
const schemaVersion = 1;

/**
 * Subscribes `app` to a topic of the store: one handler for each message type of interest. The data is upcast and checked by
 * its schema first. When a handler throws, the message is redelivered, unless the error is permanent (`isPermanent`): then
 * it goes to the app's dead letter topic at once. So does an unknown command.
 */
export function storeSubscription(app: string, topic: Topic, handlers: StoreHandlers): Subscription {
  const checked = new Map(
    Object.entries(handlers).map(([type, handler]) => [
      type,
      (event: CloudEvent) => {
        expectId(event);
        expectVersion(event.data);
        const data = parse(messageSchemas[type as MessageType], upcastData(type, event.data), `The data of ${type}`);
        // Each handler is called only with messages of its own type.
        return (handler as (checked: CloudEvent) => Promise<void> | void)({ ...event, data });
      },
    ]),
  );
  for (const [earlier, type] of Object.entries(renamedEventTypes)) {
    const handler = checked.get(type);
    if (handler !== undefined) checked.set(earlier, handler);
  }
  return {
    pubsub,
    topic,
    handlers: Object.fromEntries(checked),
    ...(isCommandTopic(topic) && { defaultHandler: dropUnknownCommand }),
    deadLetterTopic: deadLetterTopicOf(app),
    isPermanent,
  };
}

const isCommandTopic = (topic: Topic): boolean =>
  Object.keys(commandSchemas).some((command) => topicOf[command as OrderCommand] === topic);

/** Events of unknown types are for others; a command is for this service, and its sender waits for the effect. */
function dropUnknownCommand({ type }: CloudEvent): never {
  throw new DropEventError(isIdentifier(type) ? `command ${type} is unknown` : 'the command is unknown');
}

/** Ids are stored in the inbox and printed. */
function expectId({ id }: CloudEvent): void {
  if (!isIdentifier(id)) throw new DropEventError('the id of the event is not an identifier');
}

function expectVersion(data: unknown): void {
  const { schemaVersion: version = schemaVersion } = (data ?? {}) as { readonly schemaVersion?: unknown };
  if (version !== schemaVersion)
    throw new DropEventError(
      `schemaVersion ${typeof version === 'number' ? version : '(not a number)'} is unknown; this service reads ${schemaVersion}`,
    );
}
