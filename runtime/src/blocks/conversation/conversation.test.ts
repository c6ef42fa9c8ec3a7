import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import { conversationBlock } from './conversation.ts';
import type { ConverseRequest } from './conversation-component.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

function model() {
  const requests: ConverseRequest[] = [];
  const port = {
    converse(_call: unknown, request: ConverseRequest) {
      requests.push(request);
      return Promise.resolve({ contextId: undefined, text: 'yes', toolCalls: [], finishReason: 'stop' });
    },
    close: () => Promise.resolve(),
  };
  const loaded = { name: 'model', type: 'conversation.test', version: 'v1', metadata: {}, port };
  return {
    requests,
    block: conversationBlock({ components: new Map([['model', loaded]]), recorder: silentRecorder }),
  };
}

test('conversation: alpha1 does not change the roles, and an unknown one is a user', async () => {
  const { block, requests } = model();
  const roles = ['system', 'assistant', 'ai', 'user', 'developer', 'SYSTEM', undefined];
  const inputs = roles.map((role) => ({ content: 'x', ...(role === undefined ? {} : { role }) }));
  await block.converseAlpha1(call, { name: 'model', inputs, parameters: {}, metadata: { a: 'b' } });
  assert.deepEqual(
    requests[0]?.messages.map(({ role }) => role),
    ['system', 'assistant', 'assistant', 'user', 'user', 'user', 'user'],
  );
});

test('conversation: a response schema and the prompt cache retention reach the model', async () => {
  const { block, requests } = model();
  const inputs = [{ messages: [{ messageTypes: { case: 'ofUser' as const, value: { content: [{ text: 'x' }] } } }] }];
  const responseFormat = { type: 'object' };
  const promptCacheRetention = { seconds: 60n, nanos: 500_000_000 };
  const request = { name: 'model', inputs, metadata: {}, tools: [], responseFormat, promptCacheRetention };
  const { outputs } = await block.converse(call, request);
  assert.deepEqual(requests[0]?.responseFormat, responseFormat);
  assert.equal(requests[0]?.promptCacheRetentionMs, 60_500);
  assert.equal('usage' in (outputs[0] ?? {}), false, 'a model that counts no tokens reports none');
});
