import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { movableClock } from '@outrigger/sdk/testing';
import { liveHub } from './live-hub.ts';
import type { LiveHubOptions } from './live-hub.ts';

function open(options: Partial<LiveHubOptions> = {}) {
  const clock = movableClock(0);
  const hub = liveHub({ clock, ...options });
  const page = (shopper = 'ann', address = '203.0.113.1'): Readable => {
    const stream = hub.open(shopper, address);
    assert.ok(stream);
    stream.on('error', assert.fail);
    return stream;
  };
  const advance = (ms: number): void => clock.moveTo(clock.now() + ms);
  return { hub, page, advance };
}

const textOf = (stream: Readable): string => String(stream.read() ?? '');
const closed = (stream: Readable): Promise<unknown> => new Promise((resolve) => stream.on('close', resolve));

test('live hub: idle pages receive a keep-alive comment until close', async () => {
  const { hub, page, advance } = open();
  const stream = page();
  advance(15_000);
  assert.equal(textOf(stream), 'retry: 2000\n\n: keep-alive\n\n');
  await hub.close();
  advance(60_000);
  assert.equal(textOf(stream), '');
});

test('live hub: a page that does not read is disconnected at the byte limit', async () => {
  const { hub, page } = open({ queueBytes: 1_000 });
  const stream = page();
  const end = closed(stream);
  for (let i = 0; i < 100; i++) hub.send('ann', 'inside', { orderId: 'x'.repeat(50) });
  await end;
  assert.equal(hub.isWatching('ann'), false);
  assert.ok(stream.readableLength < 2_000);
  await hub.close();
});

test('live hub: a page that does not read is disconnected at the time limit', async () => {
  const { hub, page, advance } = open();
  const [stalled, reading] = [page('ann'), page('bob')];
  const end = closed(stalled);
  for (let beat = 0; beat < 4; beat++) {
    textOf(reading);
    advance(15_000);
  }
  await end;
  assert.deepEqual([hub.isWatching('ann'), hub.isWatching('bob')], [false, true]);
  await hub.close();
});

test('live hub: a stream ends after half an hour', async () => {
  const { hub, page, advance } = open({ unreadMs: Infinity });
  const stream = page();
  advance(30 * 60_000 - 1);
  assert.equal(hub.openStreams(), 1);
  advance(15_000);
  assert.equal(hub.openStreams(), 0);
  hub.send('ann', 'inside', { orderId: 'TW-1' });
  stream.resume();
  await closed(stream);
  await hub.close();
});

test('live hub: a shopper and an address have a limit, and a stream that ends makes room', async () => {
  const { hub, page } = open({ perShopper: 2, perAddress: 3 });
  const first = page('ann');
  page('ann');
  assert.equal(hub.open('ann', '203.0.113.9'), undefined);
  page('bob');
  assert.equal(hub.open('cleo', '203.0.113.1'), undefined);
  page('cleo', '203.0.113.2');
  const end = closed(first);
  first.destroy();
  await end;
  page('ann');
  await hub.close();
});

test('live hub: changes of stock are combined, of one product only the last is sent', async () => {
  const { hub, page, advance } = open();
  const stream = page();
  textOf(stream);
  for (let available = 9; available > 0; available--) hub.sendStock({ productId: 'cap', available });
  hub.sendStock({ productId: 'rope', available: 4 });
  assert.equal(textOf(stream), '');
  advance(100);
  assert.equal(
    textOf(stream),
    'event: stock\ndata: {"productId":"cap","available":1}\n\nevent: stock\ndata: {"productId":"rope","available":4}\n\n',
  );
  await hub.close();
});

test('live hub: sending to thousands of pages yields to other work', async () => {
  const { hub, page, advance } = open({ perShopper: 1_000, perAddress: 10_000 });
  const streams = Array.from({ length: 600 }, () => page());
  for (const stream of streams) textOf(stream);
  hub.sendStock({ productId: 'cap', available: 1 });
  advance(100);
  assert.deepEqual(
    [streams[0], streams[599]].map((stream) => textOf(stream as Readable).length > 0),
    [true, true],
  );
  await hub.close();
});
