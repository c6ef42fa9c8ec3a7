import { jetstreamManager } from '@nats-io/jetstream';
import type { Contestant } from './contestant.ts';
import type { Field } from './field.ts';
import { cpuMs } from './process-facts.ts';

const limitMs = 60_000;
const kilobyte = 'x'.repeat(1000);

export interface Delivery {
  readonly perSecond: number;
  /** Processor time of the sidecar and its helpers for one event. */
  readonly cpuMicros: number;
}

/** Fills a topic of its own with events, then lets a sidecar come that hears it. The clock runs from the first to the last event at the app. */
export async function deliverBacklog(
  field: Field,
  contestant: Contestant,
  options: { readonly events: number; readonly round: number },
): Promise<Delivery> {
  const { name } = contestant;
  const { events, round } = options;
  const topic = `${name}.in${round}`;
  const stream = `${name}-in${round}`;
  await field.addStream(stream, topic);
  await fill(field, { topic, stream, events });
  await ask(field, '/forget');
  const hearer = await contestant.start({ appId: `hear${round}`, appPort: field.hearPort, hears: topic });
  try {
    const pids = [hearer, ...contestant.helpers].map(({ pid }) => pid);
    // what the start of the process takes is no part of a delivery
    let begun = { heard: 0, cpu: 0 };
    for (const end = performance.now() + limitMs; ;) {
      field.check();
      const { heard, elapsedMs } = (await ask(field, '/tally')) as { heard: number; elapsedMs: number };
      const cpu = cpuMs(pids);
      if (heard >= events)
        return {
          perSecond: ((heard - 1) * 1000) / elapsedMs,
          cpuMicros: ((cpu - begun.cpu) * 1000) / (heard - begun.heard),
        };
      if (begun.heard === 0) begun = { heard, cpu };
      if (performance.now() > end) throw new Error(`${name} delivered ${heard} of ${events} events in 60 s`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await hearer.stop();
    await (await jetstreamManager(field.nats)).streams.delete(stream);
  }
}

async function fill(
  field: Field,
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
    field.nats.publish(topic, JSON.stringify(event));
    if (n % 1000 === 999) await field.nats.flush();
  }
  await field.nats.flush();
  const manager = await jetstreamManager(field.nats);
  for (const end = performance.now() + limitMs; ;) {
    const { state } = await manager.streams.info(stream);
    if (state.messages >= events) return;
    if (performance.now() > end) throw new Error(`the stream holds ${state.messages} of ${events} events`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function ask(field: Field, path: string): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${field.hearPort}${path}`, { signal: AbortSignal.timeout(5000) });
  return answer.json();
}
