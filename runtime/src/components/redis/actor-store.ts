import { actorOwnershipLost, reminderExists } from '#blocks/actors/errors.ts';
import type { ActorStore, ReminderChange } from '#blocks/actors/ports.ts';
import type { StoredValue } from '#blocks/state/state-store.ts';
import { actorKeys } from './actor-keys.ts';
import { redisOutbox } from './actor-outbox.ts';
import { redisOwnership } from './actor-ownership.ts';
import { redisReminders } from './actor-reminders.ts';
import type { RedisLink } from './connection.ts';
import { runScript } from './script.ts';
import { turnScript, turnScriptCall } from './turn-script.ts';

export interface ActorStoreParts {
  readonly namespace: string;
  readonly link: RedisLink;
  /** A connection for heartbeats only. */
  readonly heartbeats: RedisLink;
  readonly defaultTtlSeconds: number | undefined;
  /** Reads a value of the state store. */
  readonly get: (key: string) => Promise<StoredValue | undefined>;
}

/**
 * Actors on the server of `link`: their state is hashes in the format of the state store. A turn is one script, which checks
 * ownership first; since Redis runs one script at a time, no takeover can happen before it has ended.
 */
export function redisActorStore(appId: string, parts: ActorStoreParts): ActorStore {
  const { namespace, link, heartbeats, defaultTtlSeconds, get } = parts;
  const names = actorKeys({ namespace, appId, isCluster: link.isCluster });
  return {
    get: (_call, actor, key) => get(names.state(actor, key)),
    async commit(_call, actor, fence, changes) {
      const { keys, values } = turnScriptCall(names, { actor, fence, changes }, defaultTtlSeconds);
      const outcome = Number(await link.write((client) => runScript(client, turnScript, keys, values)));
      if (outcome < 0) throw actorOwnershipLost(actor.type, actor.id);
      if (outcome > 0) throw reminderExists(nameOf(changes.reminders[outcome - 1]));
    },
    reminders: redisReminders(link, names),
    outbox: redisOutbox(link, names),
    ownership: redisOwnership({ link, heartbeats }, names),
    async close() {},
  };
}

function nameOf(change: ReminderChange | undefined): string {
  if (change === undefined) return '';
  return change.kind === 'set' ? change.reminder.name : change.name;
}
