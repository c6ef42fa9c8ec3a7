import { randomBytes } from 'node:crypto';
import { connect } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { brokerConformance, realTime } from '#blocks/pubsub/broker.conformance.ts';
import type { BrokerBench } from '#blocks/pubsub/broker.conformance.ts';
import { jetstreamBroker } from './broker.ts';
import { contextFor } from './testing.ts';

const url = process.env.TEST_NATS_URL;

async function openBench(wish?: 'ordered'): Promise<BrokerBench> {
  const prefix = `t${randomBytes(6).toString('hex')}`;
  const metadata = {
    natsurl: url ?? '',
    backoff: '40ms, 160ms, 640ms',
    ...(wish === 'ordered' ? { concurrency: 'single' } : {}),
  };
  const broker = await jetstreamBroker(contextFor(metadata));
  const second = await jetstreamBroker(contextFor(metadata));
  return {
    broker,
    second,
    topic: (name) => `${prefix}.${name}`,
    ...realTime,
    async [Symbol.asyncDispose]() {
      await Promise.all([broker.close(), second.close()]);
      await removeStreams(`${prefix}.>`);
    },
  };
}

async function removeStreams(subject: string): Promise<void> {
  const nats = await connect({ servers: url ?? '' });
  const manager = await jetstreamManager(nats);
  for await (const name of manager.streams.names(subject)) await manager.streams.delete(name);
  await nats.close();
}

brokerConformance('jetstream', openBench, { skip: url ? false : 'TEST_NATS_URL is not set' });
