import { changedBody } from '#blocks/middleware/pipeline.ts';
import type { Passage, Pipeline } from '#blocks/middleware/pipeline.ts';
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
      const goOn = (passage: Passage): Promise<Reply> => {
        if ('answer' in passage) return Promise.resolve(passage.answer);
        const { go, change } = passage;
        return inner.request(call, {
          verb: go.verb,
          path: go.path,
          query: go.query,
          headers: go.headers,
          body: changedBody(body, change),
        });
      };
      const passage = pipeline({ verb, path, query, headers, remoteAddress: '' });
      return passage instanceof Promise ? passage.then(goOn) : goOn(passage);
    },
    close: () => inner.close(),
  };
}
