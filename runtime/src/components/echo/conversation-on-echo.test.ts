import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversationBlock } from '#blocks/conversation/conversation.ts';
import type { Converse, WireMessage, WireTool } from '#blocks/conversation/wire.ts';
import { silentRecorder } from '#core/activity.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { echoConversation } from './conversation.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

async function conversation() {
  const dependencies = { log: silentLog, clock: fakeClock(), random: seededRandom() };
  const plain = { name: 'echo', type: 'conversation.echo', version: 'v1', metadata: {} };
  const port = await echoConversation({ ...dependencies, ...plain, appId: 'shop', namespace: '' });
  return conversationBlock({ components: new Map([['echo', { ...plain, port }]]), recorder: silentRecorder });
}

const user = (...texts: string[]): WireMessage => ({
  case: 'ofUser',
  value: { content: texts.map((text) => ({ text })) },
});
const tool = (name: string, parameters?: Readonly<Record<string, unknown>>): WireTool => ({
  toolTypes: { case: 'function', value: { name, parameters } },
});

async function converseWith(messages: readonly WireMessage[], more: Partial<Converse> = {}) {
  const inputs = [
    { messages: messages.map((messageTypes) => ({ messageTypes })), scrubPii: more.inputs?.[0]?.scrubPii },
  ];
  const block = await conversation();
  const request = { name: 'echo', metadata: {}, tools: [], ...more, inputs: messages.length > 0 ? inputs : [] };
  const { outputs, contextId } = await block.converse(call, request);
  const [choice] = outputs[0]?.choices ?? [];
  const calls = choice?.message.toolCalls.map(({ id, toolTypes }) => [
    id,
    toolTypes.value.name,
    toolTypes.value.arguments,
  ]);
  return { text: choice?.message.content, calls, reason: choice?.finishReason, usage: outputs[0]?.usage, contextId };
}

test('conversation.echo: returns all messages line by line, with a word count', async () => {
  const { text, reason, usage, contextId } = await converseWith([user('hello there', 'again'), user('b')], {
    contextId: 'c',
  });
  assert.deepEqual([text, reason, contextId], ['hello there\nagain\nb', 'stop', 'c']);
  assert.deepEqual(usage, { completionTokens: 4n, promptTokens: 4n, totalTokens: 8n });
});

test('conversation.echo: calls the tools of the request with their parameter names, then those of the assistant', async () => {
  const assistant: WireMessage = {
    case: 'ofAssistant',
    value: {
      content: [{ text: 'well' }],
      toolCalls: [{ id: 'c1', toolTypes: { case: 'function', value: { name: 'f', arguments: '{"x":1}' } } }],
    },
  };
  const toolResult: WireMessage = { case: 'ofTool', value: { toolId: 't1', name: 'tl', content: [{ text: 'res' }] } };
  const tools = [tool('weather', { properties: { z: {}, a: {} } }), tool('plain')];
  const { text, calls, reason } = await converseWith([assistant, toolResult], { tools });
  assert.equal(text, "well\nTool Response for tool ID 't1' with name 'tl': res");
  assert.deepEqual(calls, [
    ['0', 'weather', 'a,z'],
    ['1', 'plain', ''],
    ['c1', 'f', '{"x":1}'],
  ]);
  assert.equal(reason, 'tool_calls');
});

test('conversation.echo: invalid requests have upstream’s error codes', async () => {
  const code = (expected: string) => (error: unknown) => (error as { kind: { code: string } }).kind.code === expected;
  const invalid = code('ERR_CONVERSATION_INVALID_PARMS');
  await assert.rejects(converseWith([user('x')], { name: 'nobody' }), code('ERR_CONVERSATION_NOT_FOUND'));
  await assert.rejects(converseWith([]), code('ERR_CONVERSATION_MISSING_INPUTS'));
  await assert.rejects(converseWith([{ case: undefined }]), invalid);
  await assert.rejects(converseWith([user('x')], { toolChoice: 'required' }), invalid);
  await assert.rejects(converseWith([user('x')], { tools: [tool('a')], toolChoice: 'b' }), invalid);
  await converseWith([user('x')], { tools: [tool('a')], toolChoice: 'a' });
});

test('conversation.echo: alpha1 joins inputs and returns parameters, with scrubbing of inputs and outputs', async () => {
  const block = await conversation();
  const converse = (scrubPII: boolean, inputScrub: boolean) =>
    block.converseAlpha1(call, {
      name: 'echo',
      inputs: [{ content: 'mail bob@example.com', scrubPII: inputScrub }, { content: 'from ann@example.com' }],
      parameters: { p: 1 },
      metadata: {},
      scrubPII,
    });
  const result = async (scrubPII: boolean, inputScrub: boolean) => (await converse(scrubPII, inputScrub)).outputs[0];
  assert.deepEqual(await result(false, false), {
    result: 'mail bob@example.com\nfrom ann@example.com',
    parameters: { p: 1 },
  });
  assert.equal((await result(false, true))?.result, 'mail <EMAIL_ADDRESS>\nfrom ann@example.com');
  assert.equal((await result(true, false))?.result, 'mail <EMAIL_ADDRESS>\nfrom <EMAIL_ADDRESS>');
});
