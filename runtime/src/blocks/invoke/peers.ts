import type { Call } from '#core/call.ts';
import type { Message, Reply } from '#core/message.ts';

/** Where a sidecar listens for other sidecars: `host:port`. */
export type PeerAddress = string;

/** Finds the sidecar of an app. */
export interface NameResolver {
  /** Undefined when no such app is known now. `namespace` is empty for the caller's own. */
  resolve(call: Call, appId: string, namespace: string): Promise<PeerAddress | undefined>;
  /** Forgets what was cached for the app after a call to `address` failed. */
  forget(appId: string, namespace: string, address: PeerAddress): void;
  close(): Promise<void>;
}

/** Makes this sidecar known to resolvers on other ones. */
export interface NameAnnouncer {
  announce(self: { appId: string; namespace: string; address: PeerAddress }): Promise<void>;
  withdraw(): Promise<void>;
}

/**
 * What is asked of the other side. `invoke` goes to its app; `actor` is one actor method call for an actor it should own;
 * `activities` reads its activity ring.
 */
export type PeerPurpose = 'invoke' | 'actor' | 'activities';

export interface PeerRequest {
  readonly purpose: PeerPurpose;
  /** The app id that is meant; the other side refuses when it is not its own. Empty for `actor`. */
  readonly appId: string;
  /** For `actor`: `[type, id]`. */
  readonly actor?: readonly [type: string, id: string];
  readonly message: Message;
}

/**
 * Carries requests between sidecars. Rejects with `peerUnavailable` (errors.ts) when the other side cannot be reached or
 * the connection broke before an answer began, which is when a retry is safe to consider.
 */
export interface PeerTransport {
  request(call: Call, address: PeerAddress, request: PeerRequest): Promise<Reply>;
  /** Requests of this purpose that wait for a reply from the address reject with `peerUnavailable`. */
  abandon(address: PeerAddress, purpose: PeerPurpose, reason: string): void;
  close(): Promise<void>;
}

/** The receiving end: one per sidecar, given to the transport's server. */
export type PeerHandler = (call: Call, request: PeerRequest) => Promise<Reply>;
