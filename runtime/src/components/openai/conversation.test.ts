import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { ConverseRequest, ConversationMessage } from '#blocks/conversation/conversation-component.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { openaiConversation } from './conversation.ts';
import { chatSettings } from './settings.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};
const context = {
  name: 'model',
  version: 'v1',
  appId: 'shop',
  namespace: '',
  log: silentLog,
  clock: fakeClock(),
  random: seededRandom(),
};
const completion = {
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: '4' } }],
  usage: { prompt_tokens: 7, completion_tokens: 1, total_tokens: 8 },
};

async function model(modelResponse: unknown, status = 200, metadata: Readonly<Record<string, string>> = {}) {
  const requests: { url: string; headers: IncomingMessage['headers']; body: Record<string, unknown> }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      requests.push({ url: request.url ?? '', headers: request.headers, body: JSON.parse(text) });
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(typeof modelResponse === 'string' ? modelResponse : JSON.stringify(modelResponse));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const conversation = await openaiConversation({
    ...context,
    type: 'conversation.ollama',
    metadata: { endpoint, ...metadata },
  });
  return {
    requests,
    converse: (messages: readonly ConversationMessage[], more: Partial<ConverseRequest> = {}) =>
      conversation.converse(call, {
        contextId: undefined,
        messages,
        tools: [],
        toolChoice: undefined,
        temperature: 0,
        metadata: {},
        ...more,
      }),
    async [Symbol.asyncDispose]() {
      await conversation.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

const message = (
  role: ConversationMessage['role'],
  text: string,
  more: Partial<ConversationMessage> = {},
): ConversationMessage => ({
  role,
  name: '',
  texts: [text],
  toolCalls: [],
  toolId: '',
  ...more,
});

test('chat: posts messages with model and key, and returns the completion with token counts', async () => {
  await using server = await model(completion);
  const messages = [message('system', 'be brief'), message('developer', 'as always'), message('user', '2+2?')];
  const reply = await server.converse(messages, { contextId: 'c1', temperature: 0.5 });
  assert.deepEqual(reply, {
    contextId: 'c1',
    model: 'llama3.2:latest',
    text: '4',
    toolCalls: [],
    finishReason: 'stop',
    usage: { prompt: 7, completion: 1 },
  });
  const [request] = server.requests;
  assert.equal(request?.url, '/v1/chat/completions');
  assert.equal(request?.headers.authorization, 'Bearer ollama');
  assert.deepEqual(request?.body, {
    model: 'llama3.2:latest',
    messages: [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'as always' },
      { role: 'user', content: '2+2?' },
    ],
    temperature: 0.5,
  });
});

test('chat: tools, calls of the assistant and their results keep their ids', async () => {
  const called = { id: 'c1', name: 'weather', arguments: '{"city":"Kiel"}' };
  await using server = await model({
    choices: [
      {
        finish_reason: 'tool_calls',
        message: {
          content: null,
          tool_calls: [{ id: 'c2', type: 'function', function: { name: 'time', arguments: '{}' } }],
        },
      },
    ],
  });
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const reply = await server.converse(
    [message('assistant', '', { toolCalls: [called] }), message('tool', 'rain', { toolId: 'c1', name: 'weather' })],
    {
      tools: [{ name: 'weather', description: 'of a city', parameters }],
      responseFormat: { type: 'object' },
    },
  );
  assert.deepEqual(reply.toolCalls, [{ id: 'c2', name: 'time', arguments: '{}' }]);
  assert.equal(reply.finishReason, 'tool_calls');
  const { messages, tools, tool_choice, response_format } = server.requests[0]?.body ?? {};
  assert.deepEqual(messages, [
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Kiel"}' } }],
    },
    { role: 'tool', content: 'rain', tool_call_id: 'c1' },
  ]);
  assert.deepEqual(tools, [{ type: 'function', function: { name: 'weather', description: 'of a city', parameters } }]);
  assert.equal(tool_choice, 'auto');
  assert.deepEqual(response_format, {
    type: 'json_schema',
    json_schema: { name: 'response', strict: false, schema: { type: 'object' } },
  });
});

test('chat: several texts of one message stay separate, and metadata is sent', async () => {
  await using server = await model(completion);
  const texts = ['a', 'b'];
  await server.converse([message('user', '', { texts }), message('tool', '', { texts, toolId: 't' })], {
    metadata: { project: 'p' },
    promptCacheRetentionMs: 90_000,
  });
  const { messages, metadata, temperature } = server.requests[0]?.body ?? {};
  assert.deepEqual(messages, [
    { role: 'user', content: texts.map((text) => ({ type: 'text', text })) },
    { role: 'tool', content: 'a\nb', tool_call_id: 't' },
  ]);
  assert.deepEqual(metadata, { project: 'p', prompt_cache_retention: '1m30s' });
  assert.equal(temperature, 0);
});

test('chat: an error has the status and message of the server', async () => {
  const cases: readonly (readonly [unknown, number, RegExp])[] = [
    [
      { error: { message: 'model not found' } },
      404,
      /^Error: API returned unexpected status code: 404: model not found$/,
    ],
    [{ error: 'no such model' }, 404, /status code: 404: no such model/],
    ['Bad Gateway', 502, /status code: 502: Bad Gateway/],
    [{ choices: [] }, 200, /empty response/],
    ['not JSON', 200, /empty response/],
  ];
  for (const [modelResponse, status, pattern] of cases) {
    await using server = await model(modelResponse, status);
    await assert.rejects(server.converse([message('user', 'x')]), pattern);
  }
});

test('chat: an error of the server is truncated and does not contain the key', async () => {
  const key = 'sk-1234567890';
  for (const response of [{ error: { message: `Incorrect API key: ${key}` } }, `no ${key} ${'x'.repeat(1e6)}`]) {
    await using server = await model(response, 401, { key });
    await assert.rejects(server.converse([message('user', 'x')]), ({ message: text }: Error) => {
      assert.match(text, /status code: 401: .*\*\*\*/);
      assert.equal(text.includes(key), false);
      return text.length < 3000;
    });
  }
});

test('chat: impossible token counts are omitted', async () => {
  const usage = '"usage":{"prompt_tokens":1e999,"completion_tokens":1e30}';
  await using server = await model(`{"choices":[{"message":{"content":"4"}}],${usage}}`);
  assert.equal((await server.converse([message('user', 'x')])).usage, undefined);
});

test('chat: an endless response is aborted at its size limit', async () => {
  const part = Buffer.alloc(1024 * 1024, 0x20);
  const server = createServer((request, response) => {
    request.resume();
    const more = (): void => {
      while (!response.destroyed && response.write(part));
    };
    response.on('drain', more).writeHead(200, { 'content-type': 'application/json' });
    more();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}/v1?key=secret`;
  const metadata = { endpoint };
  const conversation = await openaiConversation({ ...context, type: 'conversation.ollama', metadata });
  const request = { contextId: undefined, tools: [], toolChoice: undefined, temperature: 0, metadata: {} };
  await assert.rejects(conversation.converse(call, { ...request, messages: [] }), ({ message: text }: Error) => {
    assert.match(text, /the request to http:\/\/127\.0\.0\.1:\d+\/v1 failed: .*max size/);
    return !text.includes('secret');
  });
  await conversation.close();
  server.closeAllConnections();
  server.close();
});

test('chat settings: each vendor has its endpoint and model, and most require a key', () => {
  const read = (type: string, metadata: Readonly<Record<string, string>>, env = {}) => {
    const { url, model: name, key } = chatSettings({ ...context, type: `conversation.${type}`, metadata, env });
    return [url, name, key];
  };
  assert.deepEqual(read('ollama', {}), ['http://localhost:11434/v1/chat/completions', 'llama3.2:latest', 'ollama']);
  assert.deepEqual(read('ollama', {}, { DAPR_CONVERSATION_OLLAMA_MODEL: 'm' })[1], 'm');
  assert.deepEqual(read('openai', { key: 'k', model: 'gpt-4o', endpoint: 'https://proxy/v1/' }), [
    'https://proxy/v1/chat/completions',
    'gpt-4o',
    'k',
  ]);
  assert.equal(read('deepseek', { key: 'k' })[0], 'https://api.deepseek.com/chat/completions');
  assert.equal(
    read('huggingface', { key: 'k', model: 'a/b' })[0],
    'https://router.huggingface.co/hf-inference/models/a/b/v1/chat/completions',
  );
  assert.throws(() => read('openai', {}), /key is missing/);
  assert.throws(() => read('openai', { key: 'k', apitype: 'azure' }), /apiType is 'azure', it should be one of openai/);
  assert.throws(() => read('openai', { key: 'k', endpoint: 'nowhere' }), /endpoint is invalid, it should be an http:/);
  assert.throws(() => read('openai', { key: 'k', endpoint: 'ftp://u:p@host' }), /endpoint is invalid/);
});
