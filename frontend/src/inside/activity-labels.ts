import type { IconName } from '../components/icon.tsx';

export type KindGroup = 'call' | 'actor' | 'state' | 'event' | 'time' | 'secret' | 'retry' | 'other';

export interface KindLabel {
  readonly group: KindGroup;
  readonly label: string;
}

const kinds: Readonly<Record<string, KindLabel>> = {
  'invoke.send': { group: 'call', label: 'Call sent' },
  'invoke.receive': { group: 'call', label: 'Call received' },
  'state.get': { group: 'state', label: 'State read' },
  'state.set': { group: 'state', label: 'State written' },
  'state.delete': { group: 'state', label: 'State deleted' },
  'state.transact': { group: 'state', label: 'State transaction' },
  publish: { group: 'event', label: 'Event published' },
  'publish.bulk': { group: 'event', label: 'Events published together' },
  deliver: { group: 'event', label: 'Event delivered' },
  'dead-letter': { group: 'event', label: 'Dead letter' },
  'outbox.relay': { group: 'event', label: 'Outbox relayed' },
  'actor.call': { group: 'actor', label: 'Actor called' },
  'actor.turn': { group: 'actor', label: 'Actor turn' },
  'actor.activate': { group: 'actor', label: 'Actor woken' },
  'actor.deactivate': { group: 'actor', label: 'Actor put to sleep' },
  'actor.commit': { group: 'actor', label: 'Turn committed' },
  'timer.set': { group: 'time', label: 'Timer set' },
  'timer.fire': { group: 'time', label: 'Timer fired' },
  'reminder.set': { group: 'time', label: 'Reminder set' },
  'reminder.fire': { group: 'time', label: 'Reminder fired' },
  'job.set': { group: 'time', label: 'Job scheduled' },
  'job.fire': { group: 'time', label: 'Job run' },
  'secret.get': { group: 'secret', label: 'Secret read' },
  crypto: { group: 'secret', label: 'Key used' },
  'configuration.get': { group: 'state', label: 'Configuration read' },
  'configuration.subscribe': { group: 'state', label: 'Configuration watched' },
  'configuration.change': { group: 'state', label: 'Configuration changed' },
  'lock.try': { group: 'state', label: 'Lock requested' },
  'lock.release': { group: 'state', label: 'Lock released' },
  'binding.invoke': { group: 'call', label: 'Output binding called' },
  'binding.read': { group: 'call', label: 'Input binding received' },
  converse: { group: 'call', label: 'Language model called' },
  retry: { group: 'retry', label: 'Retry' },
};

/** An unknown kind, such as one of a newer sidecar, is shown by its name. */
export const labelOf = (kind: string): KindLabel => kinds[kind] ?? { group: 'other', label: kind };

export const groups: readonly { readonly group: KindGroup; readonly label: string; readonly icon: IconName }[] = [
  { group: 'call', label: 'Calls', icon: 'call' },
  { group: 'actor', label: 'Actor turns', icon: 'actor' },
  { group: 'state', label: 'State', icon: 'state' },
  { group: 'event', label: 'Events', icon: 'event' },
  { group: 'time', label: 'Timers, reminders, jobs', icon: 'time' },
  { group: 'secret', label: 'Secrets', icon: 'secret' },
  { group: 'retry', label: 'Retries', icon: 'retry' },
  { group: 'other', label: 'Other', icon: 'other' },
];

export const iconOf = (group: KindGroup): IconName => groups.find((each) => each.group === group)?.icon ?? 'other';
