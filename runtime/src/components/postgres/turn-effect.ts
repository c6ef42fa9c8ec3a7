import { reminderExists } from '#blocks/actors/errors.ts';
import type { ActorStateOperation, Reminder, TurnChanges } from '#blocks/actors/ports.ts';

/** The net change of one reminder; `ifVersion` makes it conditional on the stored version. */
export type ReminderEffect =
  | { readonly kind: 'put'; readonly reminder: Reminder }
  | { readonly kind: 'advance'; readonly ifVersion: string; readonly reminder: Reminder }
  | { readonly kind: 'remove'; readonly ifVersion?: string };

/** A turn's changes with each state key and each reminder once: one statement cannot change a row twice. */
export interface TurnEffect {
  readonly operations: ReadonlyMap<string, ActorStateOperation>;
  readonly reminders: ReadonlyMap<string, ReminderEffect>;
  /** Reminders that must not exist, or only with the given version; else the turn is rejected. */
  readonly mustBeNew: ReadonlyMap<string, string | undefined>;
}

/** Throws `reminderExists` when the turn contradicts itself. */
export function turnEffect(changes: TurnChanges): TurnEffect {
  const operations = new Map<string, ActorStateOperation>();
  for (const operation of changes.operations) operations.set(operation.key, operation);
  const reminders = new Map<string, ReminderEffect>();
  const mustBeNew = new Map<string, string | undefined>();
  for (const change of changes.reminders) {
    switch (change.kind) {
      case 'set': {
        const { reminder } = change;
        const before = reminders.get(reminder.name);
        if (!change.overwrite) {
          if (before?.kind === 'put') throw reminderExists(reminder.name);
          const isRemoved = before?.kind === 'remove' && before.ifVersion === undefined;
          if (!isRemoved) mustBeNew.set(reminder.name, before?.ifVersion);
          if (before?.kind === 'advance') mustBeNew.set(reminder.name, undefined);
        }
        reminders.set(reminder.name, { kind: 'put', reminder });
        break;
      }
      case 'delete':
        reminders.set(change.name, { kind: 'remove' });
        break;
      case 'advance': {
        const effect = advanced(reminders.get(change.name), change.version, change.next);
        if (effect) reminders.set(change.name, effect);
        break;
      }
    }
  }
  return { operations, reminders, mustBeNew };
}

/** Undefined when the advance has no effect. */
function advanced(
  before: ReminderEffect | undefined,
  version: string,
  next: Reminder | undefined,
): ReminderEffect | undefined {
  if (before === undefined) {
    return next ? { kind: 'advance', ifVersion: version, reminder: next } : { kind: 'remove', ifVersion: version };
  }
  if (before.kind === 'remove' || before.reminder.version !== version) return undefined;
  if (before.kind === 'put') return next ? { kind: 'put', reminder: next } : { kind: 'remove' };
  return next ? { ...before, reminder: next } : { kind: 'remove', ifVersion: before.ifVersion };
}
