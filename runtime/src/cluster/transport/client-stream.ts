import type { Call } from '#core/call.ts';
import { textOf } from '#core/errors.ts';
import { type Reply, noBody } from '#core/message.ts';
import type { PeerPurpose, PeerRequest } from '#blocks/invoke/peers.ts';
import { peerStreamBroken, peerRequestRejected, peerUnavailable } from '#blocks/invoke/errors.ts';
import { BodySender, bodyStartOf, creditOf, readCredit } from './flow.ts';
import { type Frame, ProtocolError, endFlag, frameType, retain, textIn, unknownLength } from './frames.ts';
import type { FrameWriter } from './frame-writer.ts';
import { type ResponseHead, readResponse, writeRequest } from './heads.ts';
import { CollectedBody, StreamedBody } from './received-body.ts';
import { readError } from './remote-error.ts';

export interface ClientStreamContext {
  readonly id: number;
  readonly writer: FrameWriter;
  readonly address: string;
  readonly maxBodyBytes: number;
  /** The stream has ended. */
  over(id: number): void;
}

/** One call to another sidecar, on the calling side. */
export class ClientStream {
  readonly purpose: PeerPurpose;
  readonly #context: ClientStreamContext;
  readonly #signal: AbortSignal;
  readonly #settled = Promise.withResolvers<Reply>();
  #sender: BodySender | undefined;
  #head: ResponseHead | undefined;
  #body: StreamedBody | CollectedBody | undefined;
  #isOver = false;
  readonly #onAbort = (): void => this.#cancel(this.#signal.reason as Error);

  constructor(context: ClientStreamContext, call: Call, purpose: PeerPurpose) {
    this.purpose = purpose;
    this.#context = context;
    this.#signal = call.signal;
    call.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get reply(): Promise<Reply> {
    return this.#settled.promise;
  }

  start(call: Call, request: PeerRequest): void {
    const { writer, id } = this.#context;
    const { body } = request.message;
    const beginning = bodyStartOf(body);
    try {
      writeRequest(writer, id, { call, request, body: beginning });
    } catch (cause) {
      this.#fail(peerRequestRejected(textOf(cause)));
      return;
    }
    if (beginning.isComplete) return;
    this.#sender = new BodySender(writer, id);
    this.#sender.send(body).catch((cause: unknown) => this.#cancel(cause as Error));
  }

  /** Throws a ProtocolError when the frame is not allowed now. */
  handle(frame: Frame): void {
    const { buffer, start, end } = frame;
    const isLast = (frame.flags & endFlag) !== 0;
    if (frame.type === frameType.response) this.#response(frame, isLast);
    else if (frame.type === frameType.data) this.#data(retain(buffer, start, end), isLast);
    else if (frame.type === frameType.credit) this.#sender?.grant(readCredit(frame));
    else if (frame.type === frameType.reset) this.#fail(this.#broken(textIn(frame)));
    else if (frame.type === frameType.failure) {
      this.#fail(readError(buffer.subarray(start, end)) ?? this.#broken('its error cannot be decoded'));
    } else throw new ProtocolError(`a frame of type ${frame.type} is not allowed from a server`);
  }

  /** The reply is not awaited any more, although the connection is open. */
  abandon(reason: string): void {
    this.#cancel(this.#broken(reason));
  }

  /** The connection was closed. */
  lost(reason: string): void {
    this.#fail(this.#broken(reason));
  }

  #response(frame: Frame, isComplete: boolean): void {
    if (this.#head) throw new ProtocolError('a second response');
    const head = readResponse(frame);
    const { status, headers, bodyLength, bodyStart } = head;
    this.#head = head;
    const first = bodyStart === frame.end ? noBody : retain(frame.buffer, bodyStart, frame.end);
    const { id, writer, maxBodyBytes, address } = this.#context;
    const consumed = (bytes: number): void => writer.frame(frameType.credit, 0, id, creditOf(bytes));
    if (isComplete) {
      this.#settled.resolve({ status, headers, body: first });
      this.#over();
    } else if (bodyLength === unknownLength) {
      const cancelled = (): void => this.#cancel(peerStreamBroken(address, 'the reader cancelled'));
      const body = new StreamedBody({ consumed, cancelled });
      this.#body = body;
      this.#settled.resolve({ status, headers, body });
    } else if (bodyLength > maxBodyBytes) {
      this.#cancel(peerStreamBroken(address, `a response of ${bodyLength} bytes is over the limit of ${maxBodyBytes}`));
    } else {
      this.#body = new CollectedBody(bodyLength, first, { consumed });
    }
  }

  #data(chunk: Uint8Array, isLast: boolean): void {
    const body = this.#body;
    if (!this.#head || !body) throw new ProtocolError('a body before its head');
    body.push(chunk);
    if (!isLast) return;
    if (body instanceof StreamedBody) body.end();
    else this.#settled.resolve({ status: this.#head.status, headers: this.#head.headers, body: body.bytes() });
    this.#over();
  }

  /**
   * The call may be retried only before a response began. An actor's response is passed on only when complete, so a
   * partial one does not count.
   */
  #broken(reason: string): Error {
    const { address } = this.#context;
    const hasBegun = this.#head !== undefined && this.purpose !== 'actor';
    return hasBegun ? peerStreamBroken(address, reason) : peerUnavailable(address, reason);
  }

  #cancel(error: Error): void {
    if (this.#isOver) return;
    this.#context.writer.frame(frameType.reset, 0, this.#context.id, Buffer.from(textOf(error).slice(0, 256)));
    this.#fail(error);
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#settled.reject(error);
    if (this.#body instanceof StreamedBody) this.#body.fail(error);
    this.#over();
  }

  #over(): void {
    this.#isOver = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#sender?.stop();
    this.#context.over(this.#context.id);
  }
}
