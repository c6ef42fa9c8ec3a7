import { brokerConformance, realTime } from '#blocks/pubsub/broker.conformance.ts';
import type { BrokerBench } from '#blocks/pubsub/broker.conformance.ts';
import { redisBroker } from './broker.ts';
import { plainRedis, redisContext, removeKeys, skipWithoutRedis as skip, uniqueName } from './testing.ts';

async function openBench(wish?: 'ordered'): Promise<BrokerBench> {
  const prefix = uniqueName();
  const metadata = { redeliverrefused: 'true', ...(wish === 'ordered' ? { concurrency: '1' } : {}) };
  const context = redisContext({ type: 'pubsub.redis', metadata });
  const broker = await redisBroker(context);
  const second = await redisBroker(context);
  return {
    broker,
    second,
    topic: (name) => `${prefix}.${name}`,
    ...realTime,
    async [Symbol.asyncDispose]() {
      await Promise.all([broker.close(), second.close()]);
      const client = plainRedis();
      await removeKeys(client, prefix);
      client.disconnect();
    },
  };
}

brokerConformance('redis', openBench, {
  skip,
  without: { dedupe: 'a stream has no memory of the ids of events, as upstream' },
});
