import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, changes, claimPartition, rejectsWith, set } from '#blocks/actors/actor-samples.conformance.ts';
import { isActorCapable } from '#blocks/actors/actor-capable.ts';
import { actorStoreConformance } from '#blocks/actors/actor-store.conformance.ts';
import { actorOwnershipLost } from '#blocks/actors/errors.ts';
import { mongoActorDatabase } from './actor-database.conformance.ts';
import { mongoStateStore } from './state-store.ts';
import { mongoContext, skipWithoutTransactions, testCollection } from './testing.ts';

const skip = await skipWithoutTransactions();

actorStoreConformance('mongodb', async () => mongoActorDatabase(), {
  skip,
  skipCases: {
    'claim: a takeover waits for a running write and then sees it':
      'a conflict repeats a transaction from its start: a takeover in between wins, as tested below',
  },
});

test('mongodb actors: a turn whose partition is taken over before its commit writes nothing', { skip }, async () => {
  const database = mongoActorDatabase();
  const { store, fence, actor } = await claimPartition(await database.open('orders'));
  const partitions = database.collection('partitions');
  const isOwned = { _id: `${fence.type}||${fence.partition}` };
  const session = partitions.db.client.startSession();
  session.startTransaction();
  await partitions.updateOne(isOwned, { $set: { hostId: 'other' }, $inc: { epoch: 1 } }, { session });
  const turn = store.commit(call, actor, fence, changes({ operations: [set('a', '1')] }));
  const rejected = rejectsWith(actorOwnershipLost('', ''), turn);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await session.commitTransaction();
  await session.endSession();
  await rejected;
  assert.equal(await store.get(call, actor, 'a'), undefined);
  await database.close();
});

test('mongodb actors: a takeover during a turn’s transaction happens after its commit', { skip }, async () => {
  const database = mongoActorDatabase();
  const { store, fence, actor } = await claimPartition(await database.open('orders'));
  const next = await database.open('orders');
  const partitions = database.collection('partitions');
  const session = partitions.db.client.startSession();
  session.startTransaction();
  // as a turn does
  await partitions.updateOne({ _id: `${actor.type}||${fence.partition}` }, { $inc: { turns: 1 } }, { session });
  await database.passTime(20_000);
  const order: string[] = [];
  const takeover = claimPartition(next, { type: actor.type }).then(({ fence: { epoch } }) =>
    order.push(`epoch ${epoch}`),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  order.push('commit');
  await session.commitTransaction();
  await session.endSession();
  await takeover;
  assert.deepEqual(order, ['commit', `epoch ${fence.epoch + 1}`]);
  await store.close();
  await database.close();
});

test('mongodb actors: actor state is upstream’s document', { skip }, async () => {
  const database = mongoActorDatabase();
  const { store, fence, actor } = await claimPartition(await database.open('orders'));
  await store.commit(call, actor, fence, changes({ operations: [set('cart', '{"lines":[1]}')] }));
  const document = await database.collection('').findOne({ _id: `orders||${actor.type}||one||cart` });
  assert.deepEqual(document?.['value'], { lines: [1] });
  await database.close();
});

test('mongodb actors: bytes are stored unchanged, also when they look like JSON', { skip }, async () => {
  const database = mongoActorDatabase();
  const { store, fence, actor } = await claimPartition(await database.open('orders'));
  const texts = ['1e400', '12345678901234567890', '{"b":1, "a":2}', '1.0', ' 7', '"<"', '"a"', '{"a":1}'];
  const operations = texts.map((text, at) => set(`k${at}`, text));
  await store.commit(call, actor, fence, changes({ operations }));
  for (const [at, text] of texts.entries())
    assert.equal(String(Buffer.from((await store.get(call, actor, `k${at}`))?.data ?? [])), text);
  await database.close();
});

test('mongodb actors: without actorStateStore there is no actor store', { skip }, async () => {
  await using it = testCollection();
  const store = await mongoStateStore(mongoContext({ collectionname: it.name }));
  assert.equal(isActorCapable(store), false);
  await store.close();
});
