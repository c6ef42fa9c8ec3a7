import type { MetricsRegistry } from './metrics.ts';
import type { ActivityCounters, CountActivity } from './operation-metrics.ts';

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
    (counter: typeof timers): CountActivity<'timer.fire' | 'reminder.fire'> =>
    (activity) =>
      counter.of({ actor_type: activity.attributes.actorType, success: String(activity.outcome === 'ok') })();
  return {
    'timer.fire': fired(timers),
    'reminder.fire': fired(reminders),
    'actor.deactivate': (activity) =>
      (activity.outcome === 'ok' ? deactivated : deactivationFailed).of({
        actor_type: activity.attributes.actorType,
      })(),
  } satisfies ActivityCounters;
}
