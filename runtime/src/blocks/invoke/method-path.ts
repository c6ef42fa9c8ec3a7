import { methodRefused } from './errors.ts';

/** Nothing to decode, clean or refuse: by far the most paths. Each segment begins with something else than a dot. */
const plain = /^\/(?:[\w\-~$&+,:;=@!'()*][\w\-~$&+,:;=@!'()*.]*(?:\/[\w\-~$&+,:;=@!'()*][\w\-~$&+,:;=@!'()*.]*)*)?$/;
/** What may stand in the path of a request as it is. A percent sign is kept: it begins an escape the caller escaped. */
const mustBeEncoded = /[^\w\-.~$&+,/:;=@!'()*[\]%]/u;
// eslint-disable-next-line no-control-regex
const forbidden = /[#?\u0000-\u001f\u007f]/;
const brokenEscape = /%(?![0-9a-fA-F]{2})/;

/**
 * The path an app is asked for. The caller's path is decoded once, then dots and double slashes are resolved, so that
 * rules about methods see what the app will see. Throws `methodRefused`.
 */
export function methodPath(path: string): string {
  if (plain.test(path)) return path;
  const decoded = path.includes('%') ? decodedOnce(path) : path;
  if (forbidden.test(decoded)) {
    throw methodRefused(`method contains forbidden character: ${JSON.stringify(decoded.slice(1, 200))}`);
  }
  // what is still an escape now goes to the app as one; a lone percent sign cannot be part of a URL
  if (brokenEscape.test(decoded)) throw methodRefused('invalid URL escape');
  const cleaned = cleanPath(decoded);
  return mustBeEncoded.test(cleaned) ? encodeURI(cleaned).replaceAll('%25', '%') : cleaned;
}

function decodedOnce(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw methodRefused('invalid URL escape');
  }
}

function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  return `/${kept.join('/')}`;
}
