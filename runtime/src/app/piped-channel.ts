import { transformedBody } from '#blocks/middleware/pipeline.ts';
import type { MiddlewareResult, Pipeline } from '#blocks/middleware/pipeline.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Reply } from '#core/message.ts';
import { rpcVerb } from '#core/rpc-frames.ts';

/**
 * The app behind middleware, which may redirect calls to other paths, transform bodies and respond in place of the app.
 */
export function pipedChannel(inner: AppChannel, pipeline: Pipeline): AppChannel {
  return {
    protocol: inner.protocol,
    request(call, message) {
      // middleware supports HTTP only
      if (message.verb === rpcVerb) return inner.request(call, message);
      const { verb, path, query, headers, body } = message;
      const proceed = (result: MiddlewareResult): Promise<Reply> => {
        if ('response' in result) return Promise.resolve(result.response);
        const { continueWith, change } = result;
        return inner.request(call, {
          verb: continueWith.verb,
          path: continueWith.path,
          query: continueWith.query,
          headers: continueWith.headers,
          body: transformedBody(body, change),
        });
      };
      const result = pipeline({ verb, path, query, headers, remoteAddress: '' });
      return result instanceof Promise ? result.then(proceed) : proceed(result);
    },
    close: () => inner.close(),
  };
}
