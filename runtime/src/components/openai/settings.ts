import { settingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';

export interface ChatSettings {
  /** Such as `https://api.openai.com/v1/chat/completions`. */
  readonly url: string;
  /** The same for messages, without parts that may be secret. */
  readonly address: string;
  readonly model: string;
  readonly key: string;
  /** Values that no message may contain, even when the server returns them. */
  readonly secrets: readonly string[];
}

interface Vendor {
  readonly endpoint: string;
  readonly model: string;
  /** The environment variable with the model, when the metadata has none. */
  readonly modelVariable?: string;
  /** The key when the metadata has none; without it the key is required. */
  readonly key?: string;
}

const vendors: Readonly<Record<string, Vendor>> = {
  'conversation.openai': {
    endpoint: 'https://api.openai.com/v1',
    model: 'gpt-5-nano',
    modelVariable: 'DAPR_CONVERSATION_OPENAI_MODEL',
  },
  'conversation.ollama': {
    endpoint: 'http://localhost:11434/v1',
    model: 'llama3.2:latest',
    modelVariable: 'DAPR_CONVERSATION_OLLAMA_MODEL',
    key: 'ollama',
  },
  'conversation.deepseek': { endpoint: 'https://api.deepseek.com', model: 'deepseek-chat' },
  'conversation.huggingface': {
    endpoint: 'https://router.huggingface.co/hf-inference/models/{{model}}/v1',
    model: 'deepseek-ai/DeepSeek-R1-Distill-Qwen-32B',
    modelVariable: 'DAPR_CONVERSATION_HUGGINGFACE_MODEL',
  },
};

/** Reads the metadata of a vendor with OpenAI's chat protocol. Throws `componentSettingInvalid`. */
export function chatSettings(context: ComponentContext): ChatSettings {
  const { type, env = {} } = context;
  const vendor = vendors[type];
  if (!vendor) throw new TypeError(`${type} does not use OpenAI's chat protocol`);
  const read = settingsReader(context);
  read.oneOf('apiType', ['openai'], 'openai');
  const key = read.secret('key') || vendor.key;
  if (!key) throw read.missing('key', 'set it to the API key of the vendor');
  const preset = vendor.modelVariable === undefined ? undefined : env[vendor.modelVariable];
  const model = read.text('model', preset || vendor.model);
  // an endpoint can contain a login, so errors do not show it
  read.secret('endpoint');
  const endpoint = read.httpUrl('endpoint', vendor.endpoint.replace('{{model}}', model)).replace(/\/+$/, '');
  const url = `${endpoint}/chat/completions`;
  const { origin, pathname } = new URL(url);
  const secrets = key === vendor.key ? [] : [key];
  return { url, address: origin + pathname, model, key, secrets };
}
