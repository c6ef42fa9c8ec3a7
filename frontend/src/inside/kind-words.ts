import type { IconName } from '../parts/icon.tsx';

export type KindGroup = 'call' | 'actor' | 'state' | 'event' | 'time' | 'secret' | 'retry' | 'other';

export interface KindWords {
  readonly group: KindGroup;
  readonly words: string;
}

const known: Readonly<Record<string, KindWords>> = {
  'invoke.send': { group: 'call', words: 'Call sent' },
  'invoke.receive': { group: 'call', words: 'Call received' },
  'state.get': { group: 'state', words: 'State read' },
  'state.set': { group: 'state', words: 'State written' },
  'state.delete': { group: 'state', words: 'State deleted' },
  'state.transact': { group: 'state', words: 'State transaction' },
  publish: { group: 'event', words: 'Event published' },
  'publish.bulk': { group: 'event', words: 'Events published together' },
  deliver: { group: 'event', words: 'Event delivered' },
  'dead-letter': { group: 'event', words: 'Dead letter' },
  'outbox.relay': { group: 'event', words: 'Outbox relayed' },
  'actor.call': { group: 'actor', words: 'Actor called' },
  'actor.turn': { group: 'actor', words: 'Actor turn' },
  'actor.activate': { group: 'actor', words: 'Actor woken' },
  'actor.deactivate': { group: 'actor', words: 'Actor put to sleep' },
  'actor.commit': { group: 'actor', words: 'Turn committed' },
  'timer.set': { group: 'time', words: 'Timer set' },
  'timer.fire': { group: 'time', words: 'Timer fired' },
  'reminder.set': { group: 'time', words: 'Reminder set' },
  'reminder.fire': { group: 'time', words: 'Reminder fired' },
  'job.set': { group: 'time', words: 'Job scheduled' },
  'job.fire': { group: 'time', words: 'Job run' },
  'secret.get': { group: 'secret', words: 'Secret read' },
  crypto: { group: 'secret', words: 'Key used' },
  'configuration.get': { group: 'state', words: 'Configuration read' },
  'configuration.subscribe': { group: 'state', words: 'Configuration watched' },
  'configuration.change': { group: 'state', words: 'Configuration changed' },
  'lock.try': { group: 'state', words: 'Lock asked for' },
  'lock.release': { group: 'state', words: 'Lock released' },
  'binding.invoke': { group: 'call', words: 'Outside system called' },
  'binding.read': { group: 'call', words: 'Heard from outside' },
  converse: { group: 'call', words: 'Language model asked' },
  retry: { group: 'retry', words: 'Retry' },
};

/** A kind that a newer sidecar invented is shown by its own name. */
export const wordsOf = (kind: string): KindWords => known[kind] ?? { group: 'other', words: kind };

export const groups: readonly { readonly group: KindGroup; readonly words: string; readonly icon: IconName }[] = [
  { group: 'call', words: 'Calls', icon: 'call' },
  { group: 'actor', words: 'Actor turns', icon: 'actor' },
  { group: 'state', words: 'State', icon: 'state' },
  { group: 'event', words: 'Events', icon: 'event' },
  { group: 'time', words: 'Timers, reminders, jobs', icon: 'time' },
  { group: 'secret', words: 'Secrets', icon: 'secret' },
  { group: 'retry', words: 'Retries', icon: 'retry' },
  { group: 'other', words: 'Other', icon: 'other' },
];

export const iconOf = (group: KindGroup): IconName => groups.find((each) => each.group === group)?.icon ?? 'other';
