import type { Call } from '#core/call.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import { actorStateSaveFailed, hasCode } from './errors.ts';
import type { DueReminders } from './due-reminders.ts';
import type { OutboxRelay } from './outbox-relay.ts';
import type { Placement } from './placement.ts';
import type { ActorRef, ActorStore, Fence, ReminderChange, TurnChanges } from './ports.ts';

export const noChanges: TurnChanges = { operations: [], reminders: [], events: [] };

/** The only way to write to the actor store: relays and reminder timers are notified of writes here. */
export class Writes {
  readonly #store: ActorStore;
  readonly #placement: Placement;
  readonly #relay: OutboxRelay;
  /** Set after construction, because firing reminders also writes. */
  due: DueReminders | undefined;

  constructor(parts: { store: ActorStore; placement: Placement; relay: OutboxRelay }) {
    this.#store = parts.store;
    this.#placement = parts.placement;
    this.#relay = parts.relay;
  }

  /** Commits atomically. Throws `actorOwnershipLost`, `reminderExists` or `actorStateSaveFailed`. */
  async commit(call: Call, actor: ActorRef, fence: Fence, changes: TurnChanges): Promise<void> {
    const named = changes.reminders;
    const release = named.length > 0 ? this.#due().beginWrite(actor, named.map(nameOf)) : undefined;
    try {
      await this.#store.commit(call, actor, fence, changes);
      for (const change of named) {
        if (change.kind === 'set') this.#due().changed(actor, change.reminder.name, change.reminder);
        if (change.kind === 'delete') this.#due().changed(actor, change.name, undefined);
      }
    } catch (cause) {
      if (hasCode(cause, 'ERR_ACTOR_OWNERSHIP_LOST')) this.#placement.reportLost(fence);
      if (cause instanceof RuntimeError) throw cause;
      throw withCause(actorStateSaveFailed(textOf(cause)), cause);
    } finally {
      release?.();
    }
    if (changes.events.length > 0) this.#relay.push(changes.events);
  }

  #due(): DueReminders {
    if (!this.due) throw new TypeError('the due reminders were not set');
    return this.due;
  }
}

function nameOf(change: ReminderChange): string {
  return change.kind === 'set' ? change.reminder.name : change.name;
}
