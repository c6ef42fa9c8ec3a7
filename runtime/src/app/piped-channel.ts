import { transformedBody } from '#blocks/middleware/pipeline.ts';
import type { MiddlewareResult, Pipeline } from '#blocks/middleware/pipeline.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Reply } from '#core/message.ts';
import { rpcVerb } from '#core/rpc-frames.ts';

/** The app behind middleware, which may send calls to other paths, change bodies and answer in the app's place. */
export function pipedChannel(inner: AppChannel, pipeline: Pipeline): AppChannel {
  return {
    protocol: inner.protocol,
    request(call, message) {
      // middleware knows HTTP only
      if (message.verb === rpcVerb) return inner.request(call, message);
      const { verb, path, query, headers, body } = message;
      const proceed = (result: MiddlewareResult): Promise<Reply> => {
        if ('answer' in result) return Promise.resolve(result.answer);
        const { go, change } = result;
        return inner.request(call, {
          verb: go.verb,
          path: go.path,
          query: go.query,
          headers: go.headers,
          body: transformedBody(body, change),
        });
      };
      const result = pipeline({ verb, path, query, headers, remoteAddress: '' });
      return result instanceof Promise ? result.then(proceed) : proceed(result);
    },
    close: () => inner.close(),
  };
}
