import type { BindingResponse, BindingApp } from '#blocks/bindings/binding-app.ts';
import { bindingEventRejected } from '#blocks/bindings/errors.ts';
import { emptyBindingResponse } from '#blocks/bindings/input-bindings.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import { decodeGo } from '#core/go-decode.ts';
import { goJson } from '#core/go-json.ts';
import { any, listOf, struct, text } from '#core/go-shape.ts';
import type { Decoded } from '#core/go-shape.ts';
import { noBody, readStart } from '#core/message.ts';
import { metadataHeaders } from './metadata-headers.ts';

const responseLimitBytes = 4 << 20;
const json = ['content-type', 'application/json'] as const;

/**
 * Events of input bindings as HTTP requests to the app: POST to the binding's path, after an OPTIONS request that requests
 * permission.
 */
export function httpBindingApp(app: AppChannel): BindingApp {
  return {
    async listensTo(call, _name, path) {
      const reply = await app.request(call, { verb: 'OPTIONS', path, query: '', headers: json, body: noBody });
      await readStart(reply.body, responseLimitBytes);
      // an app that knows the path but not the verb is subscribed too
      return (reply.status >= 200 && reply.status < 300) || reply.status === 405;
    },
    async deliver(call, { name, path }, { data, metadata }) {
      const headers = [...json, ...metadataHeaders(metadata)];
      try {
        const reply = await app.request(call, { verb: 'POST', path, query: '', headers, body: data });
        const body = await readStart(reply.body, responseLimitBytes);
        if (reply.status >= 200 && reply.status < 300) return bindingResponseOf(body);
        const bodyText = Buffer.from(body).toString('utf8', 0, 200).trim();
        throw bindingEventRejected(name, `status code: ${reply.status}${bodyText === '' ? '' : ` body: ${bodyText}`}`);
      } catch (cause) {
        if (cause instanceof RuntimeError && cause.kind.code === bindingEventRejected('', '').kind.code) throw cause;
        throw withCause(bindingEventRejected(name, textOf(cause)), cause);
      }
    },
  };
}

/** A body that is not a JSON object with the known members means success and nothing else. */
function bindingResponseOf(body: Uint8Array): BindingResponse {
  const plain = { ...emptyBindingResponse, body };
  if (!body.includes(0x7b)) return plain;
  let response: Decoded<typeof responseShape> | undefined;
  try {
    response = decodeGo(responseShape, body, { rejectsTrailingText: true });
  } catch {
    return plain;
  }
  const { to = [], data, storeName = '', state = [], concurrency } = response ?? {};
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

const responseShape = struct('bindings.AppResponse', {
  data: any,
  to: listOf(text),
  storeName: text,
  state: listOf(struct('state.SetRequest', { key: text, value: any })),
  concurrency: text,
});
