import type { HttpMiddleware } from '#blocks/middleware/http-middleware.ts';
import type { Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { plainTextResponse } from './plain-text-response.ts';

/** `middleware.http.routerchecker`: accepts only paths (decoded) that match the regular expression `rule`. */
export const routerChecker: Factory<HttpMiddleware> = ({ metadata, log }) => {
  const rule = ruleOf(metadata['rule'] ?? '');
  return Promise.resolve({
    head(head) {
      if (rule.test(decoded(head.path))) return { continueWith: head };
      log.debug({ path: head.path }, 'path rejected');
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

/** A path that cannot be decoded is matched undecoded. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
