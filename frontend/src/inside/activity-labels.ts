import type { IconName } from '../components/icon.tsx';
import { inside as insideMessages } from '../messages/en/inside.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(insideMessages);

export type ActivityGroup = 'call' | 'actor' | 'state' | 'event' | 'time' | 'secret' | 'retry' | 'other';

export interface ActivityLabel {
  readonly group: ActivityGroup;
  readonly label: string;
}

const kinds: Readonly<Record<string, ActivityLabel>> = {
  'invoke.send': { group: 'call', label: text('activity-labels.call-sent') },
  'invoke.receive': { group: 'call', label: text('activity-labels.call-received') },
  'state.get': { group: 'state', label: text('activity-labels.state-read') },
  'state.set': { group: 'state', label: text('activity-labels.state-written') },
  'state.delete': { group: 'state', label: text('activity-labels.state-deleted') },
  'state.transact': { group: 'state', label: text('activity-labels.state-transaction') },
  publish: { group: 'event', label: text('activity-labels.event-published') },
  'publish.bulk': { group: 'event', label: text('activity-labels.events-published-together') },
  deliver: { group: 'event', label: text('activity-labels.event-delivered') },
  'dead-letter': { group: 'event', label: text('activity-labels.dead-letter') },
  'outbox.relay': { group: 'event', label: text('activity-labels.outbox-relayed') },
  'actor.call': { group: 'actor', label: text('activity-labels.actor-called') },
  'actor.turn': { group: 'actor', label: text('activity-labels.actor-turn') },
  'actor.activate': { group: 'actor', label: text('activity-labels.actor-woken') },
  'actor.deactivate': { group: 'actor', label: text('activity-labels.actor-put-to-sleep') },
  'actor.commit': { group: 'actor', label: text('activity-labels.turn-committed') },
  'timer.set': { group: 'time', label: text('activity-labels.timer-set') },
  'timer.fire': { group: 'time', label: text('activity-labels.timer-fired') },
  'reminder.set': { group: 'time', label: text('activity-labels.reminder-set') },
  'reminder.fire': { group: 'time', label: text('activity-labels.reminder-fired') },
  'job.set': { group: 'time', label: text('activity-labels.job-scheduled') },
  'job.fire': { group: 'time', label: text('activity-labels.job-run') },
  'secret.get': { group: 'secret', label: text('activity-labels.secret-read') },
  crypto: { group: 'secret', label: text('activity-labels.key-used') },
  'configuration.get': { group: 'state', label: text('activity-labels.configuration-read') },
  'configuration.subscribe': { group: 'state', label: text('activity-labels.configuration-watched') },
  'configuration.change': { group: 'state', label: text('activity-labels.configuration-changed') },
  'lock.try': { group: 'state', label: text('activity-labels.lock-requested') },
  'lock.release': { group: 'state', label: text('activity-labels.lock-released') },
  'binding.invoke': { group: 'call', label: text('activity-labels.output-binding-called') },
  'binding.read': { group: 'call', label: text('activity-labels.input-binding-received') },
  converse: { group: 'call', label: text('activity-labels.language-model-called') },
  retry: { group: 'retry', label: text('activity-labels.retry') },
};

/** An unknown kind, such as one of a newer sidecar, is shown by its name. */
export const labelOf = (kind: string): ActivityLabel => kinds[kind] ?? { group: 'other', label: kind };

export const groups: readonly { readonly group: ActivityGroup; readonly label: string; readonly icon: IconName }[] = [
  { group: 'call', label: text('activity-labels.calls'), icon: 'call' },
  { group: 'actor', label: text('activity-labels.actor-turns'), icon: 'actor' },
  { group: 'state', label: text('activity-labels.state'), icon: 'state' },
  { group: 'event', label: text('activity-labels.events'), icon: 'event' },
  { group: 'time', label: text('activity-labels.timers-reminders-jobs'), icon: 'time' },
  { group: 'secret', label: text('activity-labels.secrets'), icon: 'secret' },
  { group: 'retry', label: text('activity-labels.retries'), icon: 'retry' },
  { group: 'other', label: text('activity-labels.other'), icon: 'other' },
];

export const iconOf = (group: ActivityGroup): IconName => groups.find((each) => each.group === group)?.icon ?? 'other';
