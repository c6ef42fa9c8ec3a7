import { RuntimeError } from '#core/errors.ts';
import { type Message, type Reply, headerOf, isBytes, readBody } from '#core/message.ts';
import type { OwnerRequest, PeerRequest } from '../invoke/peers.ts';
import type { ActorRef } from './ports.ts';

/** Marks a reply between sidecars as an error of the runtime, as opposed to a response of the app. */
const errorHeader = 'x-outrigger-error';
const grpcHeader = 'x-outrigger-error-grpc';
const permanentHeader = 'x-outrigger-error-permanent';

/** One request to the owner of the actor. */
export function ownerRequest(
  actor: ActorRef,
  operation: OwnerRequest['operation'],
  name: string,
  content: Pick<Message, 'verb' | 'headers' | 'body'> & { readonly query?: string },
): PeerRequest {
  return {
    purpose: 'actor',
    appId: '',
    actor: [actor.type, actor.id],
    owner: { operation, name },
    message: { ...content, path: '/', query: content.query ?? '' },
  };
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
