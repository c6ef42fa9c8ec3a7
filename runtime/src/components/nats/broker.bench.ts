/**
 * Measures the JetStream component alone, without the HTTP and gRPC APIs:
 * `node infra/bootstrap.mjs runtime/src/components/nats/broker.bench.ts nats://127.0.0.1:4222`
 */
import { randomBytes } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { pubsubBlock } from '#blocks/pubsub/pubsub.ts';
import { topicSubscriptions } from '#blocks/pubsub/subscriptions.ts';
import { silentRecorder } from '#core/activity.ts';
import { jetstreamBroker } from './broker.ts';
import { contextFor } from './testing.ts';

const url = process.argv[2] ?? 'nats://127.0.0.1:4222';
const count = Number(process.argv[3] ?? 30_000);
const callers = Number(process.argv[4] ?? 32);
const topic = `bench.${randomBytes(6).toString('hex')}`;
const context = contextFor({ natsurl: url });
const port = await jetstreamBroker(context);
const brokers = new Map([['pubsub', { name: 'pubsub', type: '', version: 'v1', metadata: {}, port }]]);
const shared = { ...context, brokers, recorder: silentRecorder, newCall: () => call };
const data = Buffer.from(JSON.stringify({ text: 'x'.repeat(1000) }));
const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

const block = pubsubBlock(shared);
const request = { pubsubName: 'pubsub', topic, data, dataContentType: 'application/json' };
await block.publish(call, request);
const publishing = performance.now();
let left = count;
await Promise.all(
  Array.from({ length: callers }, async () => {
    while (left-- > 0) await block.publish(call, request);
  }),
);
report('publish', count, performance.now() - publishing);

const { promise: all, resolve: done } = Promise.withResolvers<void>();
let delivered = 0;
const subscriptions = topicSubscriptions({
  ...shared,
  declared: [{ pubsubname: 'pubsub', topic, metadata: {}, rules: [], defaultRoute: '/' }],
  app: {
    deliver() {
      if (++delivered === count) done();
      return Promise.resolve({ outcome: 'success' });
    },
    deliverBulk: () => Promise.reject(new Error('this bench delivers one by one')),
  },
});
const delivering = performance.now();
await subscriptions.start([]);
await all;
report('deliver', count, performance.now() - delivering);

await subscriptions.stop(1000);
await port.close();
const nats = await connect({ servers: url });
const manager = await jetstreamManager(nats);
for await (const name of manager.streams.names(topic)) await manager.streams.delete(name);
await nats.close();

function report(what: string, events: number, ms: number): void {
  process.stdout.write(`${what} 1 kB, ${callers} callers: ${Math.round((events / ms) * 1000)}/s\n`);
}
