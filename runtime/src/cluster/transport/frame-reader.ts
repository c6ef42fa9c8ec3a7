import { type AuthenticationExchange, type PeerAuthentication, methodProblem } from './authentication.ts';
import {
  AuthenticationError,
  type Frame,
  ProtocolError,
  frameHeaderBytes,
  maxFrameBytes,
  methodOffset,
  prefaceBytes,
  prefaceProblem,
} from './frames.ts';

export interface FrameReaderEvents {
  /** The other side's preface was received and is valid, and its authentication is complete. */
  handshakeCompleted(): void;
  /** Bytes of the authentication for the other side. */
  respond(bytes: Uint8Array): void;
  frame(frame: Frame): void;
}

/** How both ends authenticate. */
export interface ReaderAuthentication extends Pick<PeerAuthentication, 'method'> {
  readonly exchange: AuthenticationExchange;
}

/**
 * Splits received bytes into frames. `push` throws a ProtocolError or AuthenticationError when the connection must be
 * closed.
 */
export class FrameReader {
  readonly #events: FrameReaderEvents;
  readonly #authentication: ReaderAuthentication;
  #stage: 'preface' | 'authentication' | 'frames' = 'preface';
  #buffered: Buffer[] = [];
  #bufferedBytes = 0;
  /** Bytes that must be buffered before parsing continues. */
  #neededBytes = prefaceBytes;

  constructor(events: FrameReaderEvents, authentication: ReaderAuthentication) {
    this.#events = events;
    this.#authentication = authentication;
  }

  /** The other side speaks this protocol, and is not authenticated yet. */
  get isAuthenticating(): boolean {
    return this.#stage === 'authentication';
  }

  push(received: Buffer): void {
    if (this.#bufferedBytes + received.length < this.#neededBytes) {
      this.#buffered.push(received);
      this.#bufferedBytes += received.length;
      return;
    }
    let buffer = received;
    if (this.#bufferedBytes > 0) {
      this.#buffered.push(received);
      buffer = Buffer.concat(this.#buffered);
      this.#buffered = [];
      this.#bufferedBytes = 0;
    }
    const at = this.#consume(buffer);
    if (at < buffer.length) {
      this.#buffered.push(at === 0 ? buffer : buffer.subarray(at));
      this.#bufferedBytes = buffer.length - at;
    }
  }

  /** Handles all complete frames; returns the offset of the rest. */
  #consume(buffer: Buffer): number {
    let at = 0;
    if (this.#stage !== 'frames') {
      at = this.#readHandshake(buffer);
      if (this.#neededBytes > 0) return at;
    }
    while (buffer.length - at >= frameHeaderBytes) {
      const length = buffer.readUInt32BE(at);
      if (length > maxFrameBytes) throw new ProtocolError(`a frame of ${length} bytes is too long`);
      const start = at + frameHeaderBytes;
      const end = start + length;
      if (end > buffer.length) {
        this.#neededBytes = frameHeaderBytes + length;
        return at;
      }
      this.#events.frame({
        type: buffer[at + 4] ?? 0,
        flags: buffer[at + 5] ?? 0,
        stream: buffer.readUInt32BE(at + 6),
        buffer,
        start,
        end,
      });
      at = end;
    }
    this.#neededBytes = frameHeaderBytes;
    return at;
  }

  /** Handles the preface and the authentication as far as received; `#neededBytes` is 0 when both are complete. */
  #readHandshake(buffer: Buffer): number {
    let at = 0;
    const { method, exchange } = this.#authentication;
    if (this.#stage === 'preface') {
      const problem = prefaceProblem(buffer);
      if (problem !== undefined) throw new ProtocolError(problem);
      const difference = methodProblem(buffer[methodOffset] ?? 0, method);
      if (difference !== undefined) throw new AuthenticationError(difference);
      this.#stage = 'authentication';
      at = prefaceBytes;
    }
    while (exchange.neededBytes > 0) {
      const end = at + exchange.neededBytes;
      if (end > buffer.length) {
        this.#neededBytes = exchange.neededBytes;
        return at;
      }
      const response = exchange.receive(buffer.subarray(at, end));
      if (response.length > 0) this.#events.respond(response);
      at = end;
    }
    this.#stage = 'frames';
    this.#neededBytes = 0;
    this.#events.handshakeCompleted();
    return at;
  }
}
