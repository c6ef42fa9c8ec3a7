import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsOf } from './metrics.ts';

test('metrics: counts and gauges are rendered with their labels, and a gauge that fails is left out', async () => {
  const metrics = metricsOf('sample', { isProcess: true });
  for (const outcome of ['retry', 'retry', 'dead-letter']) metrics.count('events_total', 'Events.', { outcome });
  metrics.gauge('waiting', 'What waits.', () => 3);
  metrics.gauge('broken', 'Never there.', () => Promise.reject(new Error('no database')));
  const { contentType, text } = await metrics.text();
  assert.match(contentType, /^text\/plain/);
  assert.match(text, /events_total\{outcome="retry",app="sample"\} 2\n/);
  assert.match(text, /events_total\{outcome="dead-letter",app="sample"\} 1\n/);
  assert.match(text, /waiting\{app="sample"\} 3\n/);
  assert.doesNotMatch(text, /broken/);
  assert.match(text, /process_resident_memory_bytes/);
  metrics.count('events_total', 'Events.', { outcome: 'retry' });
  assert.match(
    (await metrics.text()).text,
    /events_total\{outcome="retry",app="sample"\} 3\n/,
    'a second scrape goes on',
  );
});
