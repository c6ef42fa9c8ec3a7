import type { HttpMiddleware } from '#blocks/middleware/http-middleware.ts';
import type { Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { plainTextResponse } from './plain-text-response.ts';

/** `middleware.http.routerchecker`: only paths (decoded) that the regular expression `rule` matches come through. */
export const routerChecker: Factory<HttpMiddleware> = ({ metadata, log }) => {
  const rule = ruleOf(metadata['rule'] ?? '');
  return Promise.resolve({
    head(head) {
      if (rule.test(decoded(head.path))) return { continueWith: head };
      log.debug({ path: head.path }, 'path refused');
      return { response: plainTextResponse(400, 'Bad Request') };
    },
    close: () => Promise.resolve(),
  });
};

function ruleOf(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw new TypeError(`rule is not a regular expression: ${textOf(cause)}`, { cause });
  }
}

/** A path that cannot be decoded is judged as it stands, and `%` is in few rules. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
