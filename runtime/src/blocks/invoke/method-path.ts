import { methodInvalid } from './errors.ts';

/** Nothing to decode, clean or reject: the most common paths. No segment begins with a dot. */
const plain = /^\/(?:[\w\-~$&+,:;=@!'()*][\w\-~$&+,:;=@!'()*.]*(?:\/[\w\-~$&+,:;=@!'()*][\w\-~$&+,:;=@!'()*.]*)*)?$/;
/**
 * Characters that may appear in the path of a request. A percent sign stays: it begins an escape that the caller
 * escaped.
 */
const mustBeEncoded = /[^\w\-.~$&+,/:;=@!'()*[\]%]/u;
// eslint-disable-next-line no-control-regex
const forbidden = /[#?\u0000-\u001f\u007f]/;
const brokenEscape = /%(?![0-9a-fA-F]{2})/;

/**
 * The requested method, as text behind a slash: its path decoded once, with dots and double slashes resolved, so that
 * rules about methods see what the app will see. A remaining escape is the caller's own text. Throws `methodInvalid`.
 */
export function methodPath(path: string): string {
  if (plain.test(path)) return path;
  return cleanedMethod(path.includes('%') ? decodedOnce(path) : path);
}

/** Like `methodPath`, for a path that another sidecar has decoded. */
export function cleanedMethod(text: string): string {
  if (plain.test(text)) return text;
  if (forbidden.test(text)) {
    throw methodInvalid(`method contains forbidden character: ${JSON.stringify(text.slice(1, 200))}`);
  }
  return cleanPath(text);
}

/** The method as the path of an HTTP request. The app decodes escapes; a lone percent sign cannot be part of a URL. */
export function urlPath(method: string): string {
  if (brokenEscape.test(method)) throw methodInvalid('invalid URL escape');
  return mustBeEncoded.test(method) ? encodeURI(method).replaceAll('%25', '%') : method;
}

function decodedOnce(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw methodInvalid('invalid URL escape');
  }
}

function cleanPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  return `/${segments.join('/')}`;
}
