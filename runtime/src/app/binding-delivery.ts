import type { BindingAnswer, BindingApp } from '#blocks/bindings/binding-app.ts';
import { bindingEventRefused } from '#blocks/bindings/errors.ts';
import { noAnswer } from '#blocks/bindings/input-bindings.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import { decodeGo } from '#core/go-decode.ts';
import { goJson } from '#core/go-json.ts';
import { any, listOf, struct, text } from '#core/go-shape.ts';
import type { Decoded } from '#core/go-shape.ts';
import { noBody, readStart } from '#core/message.ts';
import { metadataHeaders } from './metadata-headers.ts';

const answerLimitBytes = 4 << 20;
const json = ['content-type', 'application/json'] as const;

/** Events of input bindings as HTTP requests to the app: POST to the binding's path, after an OPTIONS that asks for leave. */
export function httpBindingApp(app: AppChannel): BindingApp {
  return {
    async wants(call, _name, path) {
      const reply = await app.request(call, { verb: 'OPTIONS', path, query: '', headers: json, body: noBody });
      await readStart(reply.body, answerLimitBytes);
      // an app that knows the path but not the verb listens too
      return (reply.status >= 200 && reply.status < 300) || reply.status === 405;
    },
    async deliver(call, { name, path }, { data, metadata }) {
      const headers = [...json, ...metadataHeaders(metadata)];
      try {
        const reply = await app.request(call, { verb: 'POST', path, query: '', headers, body: data });
        const body = await readStart(reply.body, answerLimitBytes);
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
  let answer: Decoded<typeof answerShape> | undefined;
  try {
    answer = decodeGo(answerShape, body, { isWhole: true });
  } catch {
    return plain;
  }
  const { to = [], data, storeName = '', state = [], concurrency } = answer ?? {};
  try {
    return {
      ...plain,
      to,
      data: data === undefined ? noBody : Buffer.from(goJson(data)),
      isParallel: concurrency === 'parallel',
      storeName,
      states: state.flatMap(({ key = '', value = null }) =>
        key === '' ? [] : [{ key, value: Buffer.from(goJson(value)) }],
      ),
    };
  } catch {
    return plain;
  }
}

const answerShape = struct('bindings.AppResponse', {
  data: any,
  to: listOf(text),
  storeName: text,
  state: listOf(struct('state.SetRequest', { key: text, value: any })),
  concurrency: text,
});
