import type { MetricsRegistry } from './metrics.ts';
import { attribute } from './operation-metrics.ts';
import type { CountActivity } from './operation-metrics.ts';

/** Counts fired timers and reminders, and deactivated actors, by actor type. */
export function actorCounters(registry: MetricsRegistry) {
  const timers = registry.counter('runtime_actor_timers_fired_total', 'The number of actor timers fired requests.');
  const reminders = registry.counter(
    'runtime_actor_reminders_fired_total',
    'The number of actor reminders fired requests.',
  );
  const deactivated = registry.counter(
    'runtime_actor_deactivated_total',
    'The number of the successful actor deactivation.',
  );
  const deactivationFailed = registry.counter(
    'runtime_actor_deactivated_failed_total',
    'The number of the failed actor deactivation.',
  );
  const fired =
    (counter: typeof timers): CountActivity =>
    (activity) =>
      counter.of({ actor_type: attribute(activity, 'actorType'), success: String(activity.outcome === 'ok') })();
  return {
    'timer.fire': fired(timers),
    'reminder.fire': fired(reminders),
    'actor.deactivate': (activity) =>
      (activity.outcome === 'ok' ? deactivated : deactivationFailed).of({
        actor_type: attribute(activity, 'actorType'),
      })(),
  } satisfies Readonly<Record<string, CountActivity>>;
}
