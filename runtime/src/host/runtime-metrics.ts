import type { EndedActivity } from './activity-log.ts';
import { latencyBounds } from './metrics.ts';
import type { Counter, MetricsRegistry } from './metrics.ts';

export interface RuntimeMetrics {
  /** An activity has ended. */
  readonly ended: (activity: EndedActivity) => void;
  /** `component` is a type, such as `state.in-memory`. */
  readonly componentInit: (component: string, outcome: 'ok' | 'error') => void;
  /** A health probe of the app has completed. */
  readonly onProbe: (isHealthy: boolean, durationMs: number) => void;
  /** Access rules have allowed or denied a call. */
  readonly onAccess: (decision: AccessCount) => void;
}

export interface AccessCount {
  readonly isAllowed: boolean;
  readonly decidedBy: 'app' | 'global';
  /** Undefined for an unauthenticated caller. */
  readonly caller: { readonly namespace: string; readonly trustDomain: string } | undefined;
}

/** Component and actor metrics: a projection of the activity stream under the reference's names. */
export function runtimeMetrics(registry: MetricsRegistry, namespace: string): RuntimeMetrics {
  const family = (name: string) => ({
    count: registry.counter(`component_${name}_count`, `The number of ${name.replaceAll('_', ' ')} operations.`),
    latency: registry.histogram(
      `component_${name}_latencies`,
      `Latency of ${name.replaceAll('_', ' ')} operations.`,
      latencyBounds,
    ),
  });
  const state = family('state');
  const secret = family('secret');
  const configuration = family('configuration');
  const outputBinding = family('output_binding');
  const inputBinding = family('input_binding');
  const conversation = family('conversation');
  const cryptoWork = family('crypto');
  const job = family('job');
  const triggered = 'job_trigger_op';
  const jobSuccess = registry.counter('component_job_success_count', 'The number of jobs that the app took.');
  const jobFailure = registry.counter('component_job_failure_count', 'The number of jobs that the app did not take.');
  const egress = family('pubsub_egress');
  const ingress = family('pubsub_ingress');
  const deadLetters = registry.counter(
    'outrigger_component_pubsub_dead_letter_count',
    'The number of events moved to a dead letter topic.',
  );
  const bulkFamily = (way: string) => ({
    ...family(`pubsub_${way}_bulk`),
    events: registry.counter(
      `component_pubsub_${way}_bulk_event_count`,
      `The number of messages in bulk ${way} operations.`,
    ),
  });
  const bulkEgress = bulkFamily('egress');
  const bulkIngress = bulkFamily('ingress');
  const loaded = registry.counter('runtime_component_loaded', 'The number of successfully loaded components.');
  const initTotal = registry.counter('runtime_component_init_total', 'The number of initialized components.');
  const initFailed = registry.counter(
    'runtime_component_init_fail_total',
    'The number of component initialization failures.',
  );
  const timersFired = registry.counter(
    'runtime_actor_timers_fired_total',
    'The number of actor timers fired requests.',
  );
  const remindersFired = registry.counter(
    'runtime_actor_reminders_fired_total',
    'The number of actor reminders fired requests.',
  );
  const deactivated = registry.counter(
    'runtime_actor_deactivated_total',
    'The number of the successful actor deactivation.',
  );
  const deactivatedFailed = registry.counter(
    'runtime_actor_deactivated_failed_total',
    'The number of the failed actor deactivation.',
  );
  const sent = registry.counter(
    'runtime_service_invocation_req_sent_total',
    'The number of requests sent via service invocation.',
  );
  const received = registry.counter(
    'runtime_service_invocation_req_recv_total',
    'The number of requests received via service invocation.',
  );

  const sentTo = perApp(sent, 'dst_app_id');
  const receivedFrom = perApp(received, 'src_app_id');

  const decisions = (by: string, what: string) =>
    registry.counter(
      `runtime_acl_${by}_policy_action_${what}_total`,
      `The number of requests ${what} by the ${by} action of the access control policy.`,
    );
  const access = {
    app: { allowed: decisions('app', 'allowed'), blocked: decisions('app', 'blocked') },
    global: { allowed: decisions('global', 'allowed'), blocked: decisions('global', 'blocked') },
  };

  const probes = registry.counter('http_healthprobes_completed_count', 'Count of completed health probes.');
  const probeLatency = registry.histogram(
    'http_healthprobes_roundtrip_latency',
    'Latency of health probes, milliseconds.',
    latencyBounds,
  );

  const series = new Map<string, (durationMs: number) => void>();
  const counted = (
    target: ReturnType<typeof family>,
    activity: EndedActivity,
    labels: Record<string, string>,
  ): void => {
    let key = `${activity.kind} ${activity.outcome}`;
    for (const name in labels) key += ` ${labels[name]}`;
    let count = series.get(key);
    if (!count) {
      // the one family that labels the outcome differently
      const full: Record<string, string> = { namespace, ...labels };
      if (!('process_status' in labels)) full['success'] = String(activity.outcome === 'ok');
      const add = target.count.of(full);
      const observe = target.latency.of(full);
      count = (durationMs) => {
        add();
        observe(durationMs);
      };
      series.set(key, count);
    }
    count(activity.durationMs);
  };
  const attribute = (activity: EndedActivity, name: string): string => String(activity.attributes[name] ?? '');
  const countBatch = (activity: EndedActivity): void => {
    const labels = { namespace, component: attribute(activity, 'pubsub'), topic: activity.name };
    bulkIngress.count.of(labels)();
    bulkIngress.latency.of(labels)(activity.durationMs);
    for (const deliveryOutcome of ['success', 'drop', 'retry']) {
      const events = Number(activity.attributes[deliveryOutcome] ?? 0);
      if (events > 0) bulkIngress.events.of({ ...labels, process_status: deliveryOutcome })(events);
    }
  };

  return {
    ended(activity) {
      switch (activity.kind) {
        case 'state.get':
        case 'state.set':
        case 'state.delete':
        case 'state.transact':
          // state access of actors is named by actor, of which there may be any number
          if (activity.name.includes('/')) break;
          counted(state, activity, { component: activity.name, operation: activity.kind.slice('state.'.length) });
          break;
        case 'secret.get':
          counted(secret, activity, { component: activity.name, operation: 'get' });
          break;
        case 'configuration.get':
        case 'configuration.subscribe':
          counted(configuration, activity, {
            component: activity.name,
            operation: activity.kind.slice('configuration.'.length),
          });
          break;
        case 'publish':
          // publishes of a bulk are counted with it
          if (activity.attributes['bulk'] === true) break;
          counted(egress, activity, { component: attribute(activity, 'pubsub'), topic: activity.name });
          break;
        case 'publish.bulk': {
          const labels = { component: attribute(activity, 'pubsub'), topic: activity.name };
          counted(bulkEgress, activity, labels);
          const stored = Number(activity.attributes['stored'] ?? 0);
          if (stored > 0) bulkEgress.events.of({ namespace, ...labels, success: 'true' })(stored);
          break;
        }
        case 'deliver': {
          if (activity.attributes['entries'] !== undefined) {
            countBatch(activity);
            break;
          }
          const processed = attribute(activity, 'outcome') || (activity.outcome === 'ok' ? 'success' : 'retry');
          counted(ingress, activity, {
            component: attribute(activity, 'pubsub'),
            topic: activity.name,
            process_status: processed,
            // a drop is a successful response of the app
            status: processed === 'drop' ? 'success' : processed,
          });
          break;
        }
        case 'dead-letter':
          if (activity.outcome === 'ok')
            deadLetters.of({
              namespace,
              component: attribute(activity, 'pubsub'),
              topic: attribute(activity, 'topic'),
              dead_letter_topic: activity.name,
            })();
          break;
        case 'timer.fire':
        case 'reminder.fire': {
          const labels = { actor_type: attribute(activity, 'actorType'), success: String(activity.outcome === 'ok') };
          (activity.kind === 'timer.fire' ? timersFired : remindersFired).of(labels)();
          break;
        }
        case 'actor.deactivate':
          (activity.outcome === 'ok' ? deactivated : deactivatedFailed).of({
            actor_type: attribute(activity, 'actorType'),
          })();
          break;
        case 'binding.invoke':
          counted(outputBinding, activity, { component: activity.name, operation: attribute(activity, 'operation') });
          break;
        case 'binding.read':
          counted(inputBinding, activity, { component: activity.name });
          break;
        case 'converse':
          counted(conversation, activity, { component: activity.name });
          break;
        case 'crypto':
          counted(cryptoWork, activity, { component: activity.name, operation: attribute(activity, 'operation') });
          break;
        case 'job.set':
          counted(job, activity, { operation: 'schedule' });
          break;
        case 'job.fire':
          counted(job, activity, { operation: triggered });
          (activity.outcome === 'ok' ? jobSuccess : jobFailure).of({
            namespace,
            operation: triggered,
          })();
          break;
        case 'invoke.send':
          sentTo(attribute(activity, 'app'));
          break;
        case 'invoke.receive':
          receivedFrom(attribute(activity, 'caller'));
          break;
        case 'outbox.relay':
        case 'actor.call':
        case 'actor.turn':
        case 'actor.activate':
        case 'actor.commit':
        case 'timer.set':
        case 'reminder.set':
        case 'configuration.change':
        case 'lock.try':
        case 'lock.release':
        case 'retry':
          break;
      }
    },
    componentInit(component, outcome) {
      (outcome === 'ok' ? initTotal : initFailed).of({ component })();
      if (outcome === 'ok') loaded.of({})();
    },
    onProbe(isHealthy, durationMs) {
      const labels = { status: isHealthy ? '200' : '500' };
      probes.of(labels)();
      probeLatency.of(labels)(durationMs);
    },
    onAccess({ isAllowed, decidedBy, caller }) {
      const { trustDomain = '', namespace: from = '' } = caller ?? {};
      access[decidedBy][isAllowed ? 'allowed' : 'blocked'].of({ trustDomain, namespace: from })();
    },
  };
}

/** Counts by one label, whose text is rendered once per app and not per call. */
function perApp(counter: Counter, label: string): (appId: string) => void {
  const series = new Map<string, () => void>();
  return (appId) => {
    const existing = series.get(appId);
    if (existing) return existing();
    const count = counter.of({ [label]: appId });
    series.set(appId, count);
    count();
  };
}
