import { createHmac, timingSafeEqual } from 'node:crypto';
import { AuthenticationError } from './frames.ts';

export type PeerRole = 'client' | 'server';

/** How the two ends of a connection authenticate each other. The method is part of the preface of each side. */
export interface PeerAuthentication {
  readonly method: number;
  begin(role: PeerRole): AuthenticationExchange;
}

/** One end of one exchange. No frame is read before it is complete. */
export interface AuthenticationExchange {
  /** Sent right after the preface. */
  readonly opening: Uint8Array;
  /** How many bytes the next step needs; 0 when the exchange is complete. */
  readonly neededBytes: number;
  /** Takes exactly `neededBytes` bytes; returns the bytes to send. Throws an AuthenticationError. */
  receive(received: Uint8Array): Uint8Array;
}

export const authenticationMethod = { none: 0, sharedSecret: 1 } as const;

const nothing = new Uint8Array(0);

/** Every connection is accepted. */
export const noAuthentication: PeerAuthentication = {
  method: authenticationMethod.none,
  begin: () => ({ opening: nothing, neededBytes: 0, receive: () => nothing }),
};

export const nonceBytes = 32;
const proofBytes = 32;
const label = 'outrigger peer authentication 1';

export interface SharedSecretOptions {
  readonly secret: string;
  /** Unpredictable bytes as hex digits, new ones at each call. */
  readonly hex: (bytes: number) => string;
}

/**
 * Both ends know one secret and prove it by an HMAC over a nonce of each side. The role is part of the proof, so that a
 * reflected proof is invalid; the nonces are new on each connection, so that a recorded proof is invalid. The client
 * goes first: a client without the secret receives no proof to attack offline.
 *
 * client: nonce → server: nonce → client: proof → server: proof
 */
export function sharedSecret({ secret, hex }: SharedSecretOptions): PeerAuthentication {
  const proofOf = (role: PeerRole, client: Uint8Array, server: Uint8Array): Buffer =>
    createHmac('sha256', secret).update(`${label}\0${role}\0`).update(client).update(server).digest();
  return {
    method: authenticationMethod.sharedSecret,
    begin(role) {
      const localNonce = Buffer.from(hex(nonceBytes), 'hex');
      const other: PeerRole = role === 'client' ? 'server' : 'client';
      let nonces: readonly [client: Uint8Array, server: Uint8Array] | undefined;
      let neededBytes = nonceBytes;
      return {
        opening: localNonce,
        get neededBytes() {
          return neededBytes;
        },
        receive(received) {
          if (nonces === undefined) {
            const theirs = Uint8Array.from(received);
            nonces = role === 'client' ? [localNonce, theirs] : [theirs, localNonce];
            neededBytes = proofBytes;
            return role === 'client' ? proofOf(role, ...nonces) : nothing;
          }
          if (!timingSafeEqual(received, proofOf(other, ...nonces)))
            throw new AuthenticationError('it does not know the shared secret (OUTRIGGER_PEER_SECRET) of this sidecar');
          neededBytes = 0;
          return role === 'server' ? proofOf(role, ...nonces) : nothing;
        },
      };
    },
  };
}

/** Undefined when both sides use the same method, else the problem. */
export function methodProblem(theirs: number, ours: number): string | undefined {
  if (theirs === ours) return undefined;
  if (theirs === authenticationMethod.none)
    return 'it does not authenticate itself and this sidecar requires it: give it the OUTRIGGER_PEER_SECRET of this one';
  if (theirs === authenticationMethod.sharedSecret && ours === authenticationMethod.none)
    return 'it requires authentication and this sidecar has no secret: set OUTRIGGER_PEER_SECRET here to that of the other';
  return `it authenticates by method ${theirs}, this sidecar by method ${ours}`;
}
