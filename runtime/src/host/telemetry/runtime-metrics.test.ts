import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consumerMetrics } from './consumer-metrics.ts';
import { metricsRegistry } from './metrics.ts';
import { runtimeMetrics } from './runtime-metrics.ts';

test('bulk metrics: a bulk publish or delivery is counted once, and its events separately', () => {
  const registry = metricsRegistry({ app_id: 'a' });
  const { ended } = runtimeMetrics(registry, '');
  const topic = { name: 't', outcome: 'ok', durationMs: 1 } as const;
  const counted = { entries: 3, outcome: 'retry', success: 2, drop: 0, retry: 1 };
  ended({ ...topic, kind: 'publish', attributes: { pubsub: 'p', bulk: true } });
  ended({ ...topic, kind: 'publish.bulk', attributes: { pubsub: 'p', entries: 3, stored: 2 } });
  ended({ ...topic, kind: 'deliver', attributes: { pubsub: 'p', topic: 't', route: '/', ...counted } });
  const counts = registry
    .render()
    .split('\n')
    .filter((line) => /^dapr_component_pubsub_\w+(?<!latencies)_count\{/.test(line));
  const labels = 'app_id="a",component="p",namespace=""';
  assert.deepEqual(counts.sort(), [
    `dapr_component_pubsub_egress_bulk_count{${labels},success="true",topic="t"} 1`,
    `dapr_component_pubsub_egress_bulk_event_count{${labels},success="true",topic="t"} 2`,
    `dapr_component_pubsub_ingress_bulk_count{${labels},topic="t"} 1`,
    `dapr_component_pubsub_ingress_bulk_event_count{${labels},process_status="retry",topic="t"} 1`,
    `dapr_component_pubsub_ingress_bulk_event_count{${labels},process_status="success",topic="t"} 2`,
  ]);
});

test('component_job_success_count: job runs are counted by outcome', () => {
  const registry = metricsRegistry({ app_id: 'a' });
  const { ended } = runtimeMetrics(registry, 'east');
  const fire = (outcome: 'ok' | 'error'): void =>
    ended({ kind: 'job.fire', name: 'j', outcome, durationMs: 1, attributes: { attempt: 1, lateMs: 0 } });
  fire('ok');
  fire('ok');
  fire('error');
  const text = registry.render();
  const labels = 'app_id="a",namespace="east",operation="job_trigger_op"';
  assert.ok(text.includes(`dapr_component_job_success_count{${labels}} 2`), text);
  assert.ok(text.includes(`dapr_component_job_failure_count{${labels}} 1`));
  assert.ok(text.includes(`dapr_component_job_latencies_count{${labels},success="true"} 2`));
});

test('activity metrics: a deactivation is counted by actor type, a received request by its caller', () => {
  const registry = metricsRegistry({ app_id: 'a' });
  const { ended } = runtimeMetrics(registry, '');
  const cat1 = { actorType: 'cat', actorId: '1', reason: 'idle' };
  ended({ kind: 'actor.deactivate', name: 'cat/1', outcome: 'ok', durationMs: 1, attributes: cat1 });
  ended({ kind: 'invoke.receive', name: 'GET a/x', outcome: 'ok', durationMs: 1, attributes: { caller: 'cart' } });
  const text = registry.render();
  assert.match(text, /dapr_runtime_actor_deactivated_total\{[^}]*actor_type="cat"[^}]*\} 1/);
  assert.match(text, /dapr_runtime_service_invocation_req_recv_total\{[^}]*src_app_id="cart"[^}]*\} 1/);
});

test('runtime_acl: decisions are counted by policy and caller', () => {
  const registry = metricsRegistry({ app_id: 'shop' });
  const { onAccess } = runtimeMetrics(registry, '');
  onAccess({ isAllowed: true, decidedBy: 'app', caller: { namespace: 'east', trustDomain: 'public' } });
  onAccess({ isAllowed: false, decidedBy: 'global', caller: undefined });
  const text = registry.render();
  assert.match(text, /dapr_runtime_acl_app_policy_action_allowed_total\{[^}]*trustDomain="public"[^}]*\} 1/);
  assert.match(text, /dapr_runtime_acl_global_policy_action_blocked_total\{[^}]*trustDomain=""[^}]*\} 1/);
});

test('dead letter metric: counted by component, topic and dead letter topic, without failed ones', () => {
  const registry = metricsRegistry({ app_id: 'shop' });
  const { ended } = runtimeMetrics(registry, 'east');
  const attributes = { pubsub: 'pubsub', topic: 'orders' };
  for (const outcome of ['ok', 'ok', 'error'] as const)
    ended({ kind: 'dead-letter', name: 'dead', outcome, attributes, durationMs: 1 } as never);
  assert.match(
    registry.render(),
    /^outrigger_component_pubsub_dead_letter_count\{app_id="shop",component="pubsub",dead_letter_topic="dead",namespace="east",topic="orders"\} 2$/m,
  );
});

test('consumer gauges: present while the consumer exists', () => {
  const registry = metricsRegistry({ app_id: 'shop' });
  const onConsumer = consumerMetrics(registry, 'east');
  const at = { component: 'pubsub', topic: 'orders' };
  onConsumer({ ...at, pending: 4, ackPending: 2, redelivered: 1 });
  const labels = 'app_id="shop",component="pubsub",namespace="east",topic="orders"';
  const text = registry.render();
  for (const [name, value] of [
    ['pending', 4],
    ['ack_pending', 2],
    ['redelivered', 1],
  ])
    assert.ok(text.includes(`\noutrigger_component_pubsub_consumer_${name}{${labels}} ${value}\n`), String(name));
  assert.doesNotMatch(text, /dapr_outrigger/);
  onConsumer(at);
  assert.equal(registry.render(), '');
});
