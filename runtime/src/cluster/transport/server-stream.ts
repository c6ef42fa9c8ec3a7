import type { Call } from '#core/call.ts';
import { textOf } from '#core/errors.ts';
import { type Body, type Reply, noBody } from '#core/message.ts';
import type { PeerHandler } from '#blocks/invoke/peers.ts';
import { peerStreamBroken, peerRequestRejected } from '#blocks/invoke/errors.ts';
import { BodySender, bodyStartOf, creditOf, readCredit } from './flow.ts';
import { type Frame, ProtocolError, endFlag, frameType, retain, textIn, unknownLength } from './frames.ts';
import type { FrameWriter } from './frame-writer.ts';
import { type RequestHead, readRequest, writeResponse } from './heads.ts';
import { CollectedBody, StreamedBody } from './received-body.ts';
import { writeError } from './remote-error.ts';

export interface ServerStreamContext {
  readonly id: number;
  readonly writer: FrameWriter;
  readonly handler: PeerHandler;
  readonly maxBodyBytes: number;
  /** The calling address, for messages. */
  readonly from: string;
  over(id: number): void;
}

/** One call from another sidecar, on the called side. */
export class ServerStream {
  readonly #context: ServerStreamContext;
  readonly #abort = new AbortController();
  #head: RequestHead | undefined;
  #body: StreamedBody | CollectedBody | undefined;
  #sender: BodySender | undefined;
  #isOver = false;

  constructor(context: ServerStreamContext) {
    this.#context = context;
  }

  /** Handles the request frame. Throws a ProtocolError when it is invalid. */
  start(frame: Frame): void {
    const head = readRequest(frame);
    const { bodyLength, bodyStart } = head;
    this.#head = head;
    const first = bodyStart === frame.end ? noBody : retain(frame.buffer, bodyStart, frame.end);
    const { id, writer, maxBodyBytes } = this.#context;
    const consumed = (bytes: number): void => {
      if (!this.#isOver) writer.frame(frameType.credit, 0, id, creditOf(bytes));
    };
    if ((frame.flags & endFlag) !== 0) {
      void this.#run(head, first);
    } else if (bodyLength === unknownLength) {
      const body = new StreamedBody({ consumed, cancelled() {} });
      this.#body = body;
      void this.#run(head, body);
    } else if (bodyLength > maxBodyBytes) {
      this.#sendFailure(peerRequestRejected(`a body of ${bodyLength} bytes is over the limit of ${maxBodyBytes}`));
    } else {
      this.#body = new CollectedBody(bodyLength, first, { consumed });
    }
  }

  /** Throws a ProtocolError when the frame is not allowed now. */
  handle(frame: Frame): void {
    const { buffer, start, end } = frame;
    if (frame.type === frameType.data) this.#data(retain(buffer, start, end), (frame.flags & endFlag) !== 0);
    else if (frame.type === frameType.credit) this.#sender?.grant(readCredit(frame));
    else if (frame.type === frameType.reset) this.lost(textIn(frame));
    else throw new ProtocolError(`a frame of type ${frame.type} is not allowed from a client`);
  }

  /** The caller has disconnected or cancelled. */
  lost(reason: string): void {
    if (this.#isOver) return;
    const error = peerStreamBroken(this.#context.from, reason);
    this.#over(error);
    this.#abort.abort(error);
  }

  #data(chunk: Uint8Array, isLast: boolean): void {
    const body = this.#body;
    if (!this.#head || !body) throw new ProtocolError('an unexpected body');
    body.push(chunk);
    if (!isLast) return;
    if (body instanceof StreamedBody) body.end();
    else void this.#run(this.#head, body.bytes());
  }

  async #run(head: RequestHead, body: Body): Promise<void> {
    const { verb, path, query, headers, trace, baggage, isPrivate } = head;
    const call: Call = {
      trace,
      signal: this.#abort.signal,
      ...(baggage === undefined ? undefined : { baggage }),
      ...(isPrivate ? { isPrivate } : undefined),
    };
    let reply: Reply;
    try {
      reply = await this.#context.handler(call, { ...head.request, message: { verb, path, query, headers, body } });
    } catch (cause) {
      this.#sendFailure(cause);
      return;
    }
    this.#respond(reply);
  }

  #respond({ status, headers, body }: Reply): void {
    const { id, writer } = this.#context;
    if (this.#isOver) {
      // the caller cancelled while the handler worked; the source of a streamed body must still be released
      if (!(body instanceof Uint8Array)) void body[Symbol.asyncIterator]().return?.();
      return;
    }
    const beginning = bodyStartOf(body);
    try {
      writeResponse(writer, id, { status, headers, body: beginning });
    } catch (cause) {
      this.#sendFailure(peerRequestRejected(textOf(cause)));
      return;
    }
    if (beginning.isComplete) {
      this.#over();
      return;
    }
    this.#sender = new BodySender(writer, id);
    this.#sender.send(body).then(
      () => this.#over(),
      (cause: unknown) => this.#breakOff(cause),
    );
  }

  #sendFailure(cause: unknown): void {
    if (this.#isOver) return;
    this.#context.writer.frame(frameType.failure, 0, this.#context.id, writeError(cause));
    this.#over();
  }

  #breakOff(cause: unknown): void {
    if (this.#isOver) return;
    this.#context.writer.frame(frameType.reset, 0, this.#context.id, Buffer.from(textOf(cause).slice(0, 256)));
    this.#over();
    this.#abort.abort(cause);
  }

  #over(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sender?.stop();
    if (this.#body instanceof StreamedBody) {
      this.#body.fail(error ?? peerStreamBroken(this.#context.from, 'the call ended before its body was read'));
    }
    this.#context.over(this.#context.id);
  }
}
