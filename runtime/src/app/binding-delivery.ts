import type { BindingAnswer, BindingApp } from '#blocks/bindings/binding-app.ts';
import { bindingEventRefused } from '#blocks/bindings/errors.ts';
import { noAnswer } from '#blocks/bindings/input-bindings.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import { goJson } from '#core/go-json.ts';
import { noBody, readBody } from '#core/message.ts';
import { metadataHeaders } from './metadata-headers.ts';

const answerLimitBytes = 4 << 20;
const json = ['content-type', 'application/json'] as const;

/** Events of input bindings as HTTP requests to the app: POST to the binding's path, after an OPTIONS that asks for leave. */
export function httpBindingApp(app: AppChannel): BindingApp {
  return {
    async wants(call, _name, path) {
      const reply = await app.request(call, { verb: 'OPTIONS', path, query: '', headers: json, body: noBody });
      await readBody(reply.body, answerLimitBytes);
      // an app that knows the path but not the verb listens too
      return (reply.status >= 200 && reply.status < 300) || reply.status === 405;
    },
    async deliver(call, { name, path }, { data, metadata }) {
      const headers = [...json, ...metadataHeaders(metadata)];
      try {
        const reply = await app.request(call, { verb: 'POST', path, query: '', headers, body: data });
        const body = await readBody(reply.body, answerLimitBytes);
        if (reply.status >= 200 && reply.status < 300) return answerOf(body);
        const said = Buffer.from(body).toString('utf8', 0, 200).trim();
        throw bindingEventRefused(name, `status code: ${reply.status}${said === '' ? '' : ` body: ${said}`}`);
      } catch (cause) {
        if (cause instanceof RuntimeError && cause.kind.code === bindingEventRefused('', '').kind.code) throw cause;
        throw withCause(bindingEventRefused(name, textOf(cause)), cause);
      }
    },
  };
}

/** Anything that is no JSON object with the wire's members says nothing beyond "taken". */
function answerOf(body: Uint8Array): BindingAnswer {
  const plain = { ...noAnswer, body };
  if (!body.includes(0x7b)) return plain;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return plain;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return plain;
  const { to, data, storeName, state, concurrency } = value as Readonly<Record<string, unknown>>;
  return {
    ...plain,
    to: Array.isArray(to) ? to.filter((name) => typeof name === 'string') : [],
    data: data === undefined ? noBody : Buffer.from(goJson(data)),
    isParallel: concurrency === 'parallel',
    storeName: typeof storeName === 'string' ? storeName : '',
    states: Array.isArray(state) ? (state as readonly unknown[]).flatMap(stateOf) : [],
  };
}

function stateOf(item: unknown): { key: string; value: Uint8Array }[] {
  if (typeof item !== 'object' || item === null || !('key' in item) || typeof item.key !== 'string') return [];
  const value = 'value' in item ? item.value : null;
  return [{ key: item.key, value: Buffer.from(goJson(value)) }];
}
