import type { Call } from '#core/call.ts';
import type { Message, Reply } from '#core/message.ts';

/** The address at which a sidecar accepts other sidecars: `host:port`. */
export type PeerAddress = string;

/** Finds the sidecar of an app. */
export interface NameResolver {
  /** Undefined when no such app is known now. `namespace` is empty for the caller's own. */
  resolve(call: Call, appId: string, namespace: string): Promise<PeerAddress | undefined>;
  /** Removes what was cached for the app after a call to `address` failed. */
  forget(appId: string, namespace: string, address: PeerAddress): void;
  close(): Promise<void>;
}

/** Registers this sidecar for the resolvers of other ones. */
export interface NameAnnouncer {
  announce(self: { appId: string; namespace: string; address: PeerAddress }): Promise<void>;
  withdraw(): Promise<void>;
}

/**
 * The kind of request. `invoke` goes to the app; `actor` is an operation on an actor that the receiver should own;
 * `activities` reads its activity ring.
 */
export type PeerPurpose = 'invoke' | 'actor' | 'activities';

export const ownerOperations = ['method', 'reminders', 'timers'] as const;

/** What a host may request from the owner of an actor. */
export interface OwnerRequest {
  readonly operation: (typeof ownerOperations)[number];
  readonly name: string;
}

export interface PeerRequest {
  readonly purpose: PeerPurpose;
  /** The target app id; the receiver rejects any other than its own. Empty for `actor`. */
  readonly appId: string;
  /** For `actor`: `[type, id]`. */
  readonly actor?: readonly [type: string, id: string];
  /** For `actor`: the operation. The path of the message has no meaning then. */
  readonly owner?: OwnerRequest;
  readonly message: Message;
}

/**
 * Carries requests between sidecars. Rejects with `peerUnavailable` (errors.ts) when the other side cannot be reached
 * or the connection broke before a response began, in which case a retry is safe to consider.
 */
export interface PeerTransport {
  request(call: Call, address: PeerAddress, request: PeerRequest): Promise<Reply>;
  /** Rejects requests of this purpose that wait for a reply from the address, with `peerUnavailable`. */
  abandon(address: PeerAddress, purpose: PeerPurpose, reason: string): void;
  close(): Promise<void>;
}

/** The receiving end: one per sidecar, given to the transport's server. */
export type PeerHandler = (call: Call, request: PeerRequest) => Promise<Reply>;
