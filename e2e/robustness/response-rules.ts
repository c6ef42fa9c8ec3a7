import type { Attack, Response } from './attack-client.ts';

/** Internal details that no response may contain. */
const internalDetails =
  /node_modules|\.[cm]?[jt]s:\d+|^\s+at .+[(:]|violates .+ constraint|syntax error at or near|invalid byte sequence|invalid input syntax|unsupported Unicode escape|relation ".+" does not exist|duplicate key value|ECONNREFUSED|postgres(?:ql)?:\/\/|nats:\/\//im;

/** The violation in a response to a hostile request; undefined for none. */
export function violationIn(attack: Attack, response: Response, secrets: readonly string[]): string | undefined {
  const { status, contentType, body } = response;
  const wrong = (why: string): string => `${attack.what}: ${why}: ${status} ${body.slice(0, 200)}`;
  if (status >= 500) return wrong('server error');
  // The format that sidecars expect: the app has no such actor or method.
  const isForSidecar = status === 404 && body.startsWith('{"errorCode":"ERR_ACTOR_UNKNOWN"');
  if (status >= 400 && !isForSidecar && !contentType.startsWith('application/problem+json'))
    return wrong(`an error as ${contentType}`);
  const leak = internalDetails.exec(body)?.[0];
  if (leak !== undefined) return wrong(`exposes internal details (${leak})`);
  const secret = secrets.find((text) => body.includes(text));
  if (secret !== undefined) return wrong(`another route's response (${secret.slice(0, 40)})`);
  return undefined;
}
