import { RuntimeError } from '#core/errors.ts';
import { type Message, type Reply, headerOf, isBytes, readBody } from '#core/message.ts';
import type { PeerRequest } from '../invoke/peers.ts';
import type { ActorRef } from './ports.ts';

/** Marks a reply between sidecars as an error of the runtime, as opposed to a response of the app. */
const errorHeader = 'x-outrigger-error';
const grpcHeader = 'x-outrigger-error-grpc';
const permanentHeader = 'x-outrigger-error-permanent';

/** What a host may request from the owner of an actor. */
export type OwnerOperation = 'method' | 'reminders' | 'timers';

/**
 * One request to the owner. `path` is `/method/<name>`, `/reminders/<name>` or `/timers/<name>`, the name
 * percent-encoded.
 */
export function ownerRequest(
  actor: ActorRef,
  operation: OwnerOperation,
  name: string,
  content: Pick<Message, 'verb' | 'headers' | 'body'> & { readonly query?: string },
): PeerRequest {
  const path = `/${operation}/${encodeURIComponent(name)}`;
  const headers = [...content.headers, 'X-Dapr-Remote', 'true'];
  return {
    purpose: 'actor',
    appId: '',
    actor: [actor.type, actor.id],
    message: { ...content, path, query: content.query ?? '', headers },
  };
}

/** The parts of a path built by `ownerRequest`; undefined for anything else. */
export function parseOwnerPath(path: string): { operation: OwnerOperation; name: string } | undefined {
  const match = /^\/(method|reminders|timers)\/([^/]+)$/.exec(path);
  if (!match?.[1] || !match[2]) return undefined;
  return { operation: match[1] as OwnerOperation, name: decodeURIComponent(match[2]) };
}

export function replyOfError(error: RuntimeError): Reply {
  const { code, http, grpc, isPermanent } = error.kind;
  const headers = [errorHeader, code, grpcHeader, grpc, ...(isPermanent ? [permanentHeader, 'true'] : [])];
  return { status: http, headers, body: Buffer.from(error.message) };
}

/** Reads the body of the reply. Throws the error of the owner's side. */
export async function readOwnerReply(
  reply: Reply,
): Promise<{ status: number; headers: readonly string[]; body: Uint8Array }> {
  const body = isBytes(reply.body) ? reply.body : await readBody(reply.body);
  const code = headerOf(reply.headers, errorHeader);
  if (code === undefined) return { status: reply.status, headers: reply.headers, body };
  const grpc = (headerOf(reply.headers, grpcHeader) ?? 'Internal') as RuntimeError['kind']['grpc'];
  const kind = { code, http: reply.status, grpc };
  const isPermanent = headerOf(reply.headers, permanentHeader) !== undefined;
  throw new RuntimeError(isPermanent ? { ...kind, isPermanent } : kind, {
    message: Buffer.from(body).toString('utf8'),
  });
}
