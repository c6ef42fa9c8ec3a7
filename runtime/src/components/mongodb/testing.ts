import { randomBytes, randomUUID } from 'node:crypto';
import { type Document, MongoClient } from 'mongodb';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { type Log, silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';

/** The server of `TEST_MONGODB_URL`, and the reason to skip tests that need it. */
export const mongoUrl = process.env.TEST_MONGODB_URL ?? '';
export const skipWithoutMongo = mongoUrl === '' ? 'TEST_MONGODB_URL is not set' : false;

export const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

/** A component context for tests against the real server, with the real clock. Metadata keys are in lower case. */
export function mongoContext(metadata: Readonly<Record<string, string>> = {}, log: Log = silentLog): ComponentContext {
  return {
    name: 'mongodb',
    type: 'state.mongodb',
    version: 'v1',
    metadata: { connectionstring: mongoUrl, ...metadata },
    appId: 'shop',
    namespace: '',
    log,
    clock: systemClock(),
    random: seededRandom(randomBytes(4).readUInt32LE()),
  };
}

/** A collection for one test, as another program sees it; dropped at the end. */
export function testCollection(url = mongoUrl) {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 3000 });
  const name = `test-${randomUUID()}`;
  const collection = client.db('daprStore').collection<Document & { _id: string }>(name);
  return {
    name,
    client,
    collection,
    /** The server's clock cannot be moved, so the stored times are moved instead. */
    async passTime(ms: number): Promise<void> {
      await collection.updateMany({ _ttl: { $type: 'date' } }, [{ $set: { _ttl: { $subtract: ['$_ttl', ms] } } }]);
    },
    async [Symbol.asyncDispose]() {
      await collection.drop().catch(() => {});
      await client.close();
    },
  };
}

/** The reason to skip tests that need transactions, which only replica sets have. */
export async function skipWithoutTransactions(): Promise<string | false> {
  if (skipWithoutMongo !== false) return skipWithoutMongo;
  await using test = testCollection();
  const hello = await test.client.db('daprStore').command({ hello: 1 });
  return hello['setName'] === undefined ? 'the server of TEST_MONGODB_URL is no replica set' : false;
}

/** Another program on the same server. */
export async function withClient(url: string, work: (client: MongoClient) => Promise<void>): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 3000 });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}
