import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActivityStart, Recorder } from '#core/activity.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import type { Message, Reply } from '#core/message.ts';
import type { PeerRequest, PeerTransport } from '#blocks/invoke/peers.ts';
import { observedAppChannel } from './observed-app-channel.ts';
import { observedPeerTransport } from './observed-peer-transport.ts';

const call: Call = { trace: { traceId: 't', spanId: 'outer', sampled: true }, signal: new AbortController().signal };

interface Note {
  readonly start: ActivityStart;
  readonly recordedAttributes: unknown[];
}

function noting(): { readonly recorder: Recorder; readonly notes: Note[] } {
  const notes: Note[] = [];
  const recorder: Recorder = {
    record(outer, start, work) {
      const recordedAttributes: unknown[] = [];
      notes.push({ start, recordedAttributes });
      return work(
        { ...outer, trace: { ...outer.trace, spanId: 'inner' } },
        {
          set: (name, value) => void recordedAttributes.push([name, value]),
          input() {},
          output: (payload) => void recordedAttributes.push(['output', Buffer.from(payload).toString()]),
          failed: (code) => void recordedAttributes.push(['failed', code]),
        },
      );
    },
  };
  return { recorder, notes };
}

const message: Message = { verb: 'POST', path: '/pay', query: '', headers: [], body: Buffer.from('in') };
const request: PeerRequest = { purpose: 'invoke', appId: 'payment', message };

function peers(reply: Partial<Reply> = {}, spans: string[] = []): PeerTransport {
  return {
    request(inner) {
      spans.push(inner.trace.spanId);
      return Promise.resolve({ status: 200, headers: [], body: Buffer.from('out'), ...reply });
    },
    abandon: () => {},
    close: () => Promise.resolve(),
  };
}

test('observed peer transport: a call to another app is one activity and the parent of what follows', async () => {
  const { recorder, notes } = noting();
  const spans: string[] = [];
  await observedPeerTransport(peers({}, spans), recorder).request(call, 'h:1', request);
  const attributes = { app: 'payment', peer: 'h:1' };
  assert.deepEqual(notes[0]?.start, { kind: 'invoke.send', name: 'POST payment/pay', attributes, input: message.body });
  assert.deepEqual(notes[0]?.recordedAttributes, [
    ['status', 200],
    ['output', 'out'],
  ]);
  assert.deepEqual(spans, ['inner']);
});

test('observed peer transport: an error status marks the activity', async () => {
  const { recorder, notes } = noting();
  await observedPeerTransport(peers({ status: 503 }), recorder).request(call, 'h:1', request);
  assert.deepEqual(notes[0]?.recordedAttributes.at(-1), ['failed', '503']);
});

test('observed peer transport: payloads of private calls and of streams are not recorded', async () => {
  const { recorder, notes } = noting();
  async function* body(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('piece'));
  }
  const streaming = { ...request, message: { ...message, body: body() } };
  await observedPeerTransport(peers({ body: body() }), recorder).request(call, 'h:1', streaming);
  await observedPeerTransport(peers(), recorder).request({ ...call, isPrivate: true }, 'h:1', request);
  for (const { start, recordedAttributes } of notes) {
    assert.equal(start.input, undefined);
    assert.deepEqual(recordedAttributes, [['status', 200]]);
  }
  assert.equal(notes.length, 2);
});

test('observed peer transport: actor calls are left to their own block', async () => {
  const { recorder, notes } = noting();
  await observedPeerTransport(peers(), recorder).request(call, 'h:1', { ...request, purpose: 'actor' });
  assert.equal(notes.length, 0);
});

test('observed app channel: a call that arrives at the app is one activity', async () => {
  const { recorder, notes } = noting();
  const inner: AppChannel = {
    protocol: 'http',
    request: () => Promise.resolve({ status: 404, headers: [], body: Buffer.from('out') }),
    close: () => Promise.resolve(),
  };
  const headers = ['Dapr-Caller-App-Id', 'cart'];
  await observedAppChannel(inner, recorder, 'payment').request(call, { ...message, headers });
  const attributes = { caller: 'cart' };
  const name = 'POST payment/pay';
  assert.deepEqual(notes[0]?.start, { kind: 'invoke.receive', name, attributes, input: message.body });
  assert.deepEqual(notes[0]?.recordedAttributes, [
    ['status', 404],
    ['output', 'out'],
    ['failed', '404'],
  ]);
});
