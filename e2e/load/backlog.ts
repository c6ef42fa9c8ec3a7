import { jetstreamManager } from '@nats-io/jetstream';
import type { SidecarUnderTest } from './sidecar-under-test.ts';
import type { BenchEnvironment } from './bench-environment.ts';
import { cpuMs } from './process-usage.ts';

const limitMs = 60_000;
const kilobyte = 'x'.repeat(1000);

export interface Delivery {
  readonly perSecond: number;
  /** Processor time of the sidecar and its helpers for one event. */
  readonly cpuMicros: number;
}

/** Fills a new topic with events, then starts a sidecar that subscribes to it. The time is from the first to the last event at the app. */
export async function deliverBacklog(
  environment: BenchEnvironment,
  candidate: SidecarUnderTest,
  options: { readonly events: number; readonly round: number },
): Promise<Delivery> {
  const { name } = candidate;
  const { events, round } = options;
  const topic = `${name}.in${round}`;
  const stream = `${name}-in${round}`;
  await environment.addStream(stream, topic);
  await fill(environment, { topic, stream, events });
  await requestJson(environment, '/reset');
  const subscriber = await candidate.start({
    appId: `subscriber${round}`,
    appPort: environment.subscriberPort,
    subscribesTo: topic,
  });
  try {
    const pids = [subscriber, ...candidate.helpers].map(({ pid }) => pid);
    // The start of the process is not part of a delivery.
    let begun = { received: 0, cpu: 0 };
    for (const end = performance.now() + limitMs; ;) {
      environment.check();
      const { received, elapsedMs } = (await requestJson(environment, '/tally')) as {
        received: number;
        elapsedMs: number;
      };
      const cpu = cpuMs(pids);
      if (received >= events)
        return {
          perSecond: ((received - 1) * 1000) / elapsedMs,
          cpuMicros: ((cpu - begun.cpu) * 1000) / (received - begun.received),
        };
      if (begun.received === 0) begun = { received, cpu };
      if (performance.now() > end) throw new Error(`${name} delivered ${received} of ${events} events in 60 s`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await subscriber.stop();
    await (await jetstreamManager(environment.nats)).streams.delete(stream);
  }
}

async function fill(
  environment: BenchEnvironment,
  { topic, stream, events }: { readonly topic: string; readonly stream: string; readonly events: number },
): Promise<void> {
  for (let n = 0; n < events; n++) {
    const event = {
      specversion: '1.0',
      id: `${topic}-${n}`,
      source: 'bench',
      type: 'com.dapr.event.sent',
      topic,
      pubsubname: 'pubsub',
      datacontenttype: 'application/json',
      data: { text: kilobyte },
    };
    environment.nats.publish(topic, JSON.stringify(event));
    if (n % 1000 === 999) await environment.nats.flush();
  }
  await environment.nats.flush();
  const manager = await jetstreamManager(environment.nats);
  for (const end = performance.now() + limitMs; ;) {
    const { state } = await manager.streams.info(stream);
    if (state.messages >= events) return;
    if (performance.now() > end) throw new Error(`the stream holds ${state.messages} of ${events} events`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function requestJson(environment: BenchEnvironment, path: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${environment.subscriberPort}${path}`, {
    signal: AbortSignal.timeout(5000),
  });
  return response.json();
}
