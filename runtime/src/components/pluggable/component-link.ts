import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type {
  DescMessage,
  DescMethodBiDiStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import { Client, Metadata, connectivityState, credentials } from '@grpc/grpc-js';
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import type { Call } from '#core/call.ts';
import type { ComponentContext } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { formatTraceparent } from '#core/trace.ts';
import { errorOfStatus } from './status-error.ts';

export type LinkStream<Input extends DescMessage, Output extends DescMessage> = ClientDuplexStream<
  MessageInitShape<Input>,
  MessageShape<Output>
>;

/** The connection to a component in a separate process. */
export interface ComponentLink {
  /** One unary call, after the component has been initialized. Rejects with `errorOfStatus`. */
  request<Input extends DescMessage, Output extends DescMessage>(
    call: Call | undefined,
    method: DescMethodUnary<Input, Output>,
    message: MessageInitShape<Input>,
  ): Promise<MessageShape<Output>>;
  /** A bidirectional stream, after the component has been initialized. */
  openStream<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodBiDiStreaming<Input, Output>,
  ): Promise<LinkStream<Input, Output>>;
  close(): void;
}

export interface LinkOptions {
  readonly socket: string;
  readonly context: Pick<ComponentContext, 'name' | 'clock' | 'log'>;
  /** Initializes the component: at the start, and again after each reconnect, since it may have restarted. */
  readonly init: (request: ComponentLink['request']) => Promise<void>;
}

/** Less than a component's init timeout. */
const connectTimeoutMs = 4000;
const responseTimeoutMs = 60_000;
/** No idle timeout: a component may keep its resources only while it is connected. */
const noIdleTimeoutMs = 2 ** 31 - 1;

/** Connects and initializes the component. Rejects when it does not respond, or rejects its settings. */
export async function openLink(options: LinkOptions): Promise<ComponentLink> {
  const link = new GrpcLink(options);
  await link.open();
  return link;
}

const channelOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.client_idle_timeout_ms': noIdleTimeoutMs,
  'grpc.enable_retries': 0,
  'grpc.use_local_subchannel_pool': 1,
};

class GrpcLink implements ComponentLink {
  readonly #options: LinkOptions;
  readonly #client: Client;
  #isClosed = false;
  #isInitialized = false;
  #initializing: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#client = new Client(`unix://${options.socket}`, credentials.createInsecure(), channelOptions);
  }

  async open(): Promise<void> {
    try {
      await this.#initialized();
    } catch (cause) {
      this.#client.close();
      throw cause;
    }
    this.#watch(this.#client.getChannel());
  }

  async request<Input extends DescMessage, Output extends DescMessage>(
    call: Call | undefined,
    method: DescMethodUnary<Input, Output>,
    message: MessageInitShape<Input>,
  ): Promise<MessageShape<Output>> {
    if (!this.#isInitialized) await this.#initialized();
    return await this.#send(call, method, message);
  }

  async openStream<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethodBiDiStreaming<Input, Output>,
  ): Promise<LinkStream<Input, Output>> {
    if (!this.#isInitialized) await this.#initialized();
    return this.#client.makeBidiStreamRequest(
      pathOf(method),
      (input: MessageInitShape<Input>) => bytesOf(method.input, input),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      this.#metadataFor(undefined),
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#client.close();
  }

  #watch(channel: ReturnType<Client['getChannel']>): void {
    const { context, socket } = this.#options;
    const before = channel.getConnectivityState(false);
    channel.watchConnectivityState(before, Infinity, () => {
      if (this.#isClosed) return;
      if (before === connectivityState.READY) {
        this.#isInitialized = false;
        context.log.warn({ component: context.name, socket }, 'connection to the component lost, will reconnect');
      }
      this.#watch(channel);
    });
  }

  /** Concurrent calls during a reconnect share one attempt. */
  #initialized(): Promise<void> {
    this.#initializing ??= this.#initialize().finally(() => (this.#initializing = undefined));
    return this.#initializing;
  }

  async #initialize(): Promise<void> {
    const { context, init } = this.#options;
    await withTimeout(
      context.clock,
      connectTimeoutMs,
      () => connected(this.#client),
      () => this.#timeoutError('the connection', connectTimeoutMs),
    );
    await withTimeout(
      context.clock,
      connectTimeoutMs,
      () => init((call, method, message) => this.#send(call, method, message)),
      () => this.#timeoutError('Init', connectTimeoutMs),
    );
    this.#isInitialized = true;
  }

  #send<Input extends DescMessage, Output extends DescMessage>(
    call: Call | undefined,
    method: DescMethodUnary<Input, Output>,
    message: MessageInitShape<Input>,
  ): Promise<MessageShape<Output>> {
    return new Promise((resolve, reject) => {
      call?.signal.throwIfAborted();
      const finish = (error: ServiceError | null, response?: MessageShape<Output>): void => {
        cancel();
        call?.signal.removeEventListener('abort', abort);
        if (call?.signal.aborted) reject(call.signal.reason as Error);
        else if (response && !error) resolve(response);
        else if (isLate) reject(this.#timeoutError(method.name, responseTimeoutMs));
        else reject(error ? errorOfStatus(error) : new Error(`${method.name} returned an empty response`));
      };
      const rpc = this.#client.makeUnaryRequest(
        pathOf(method),
        (input: MessageInitShape<Input>) => bytesOf(method.input, input),
        (bytes: Buffer) => fromBinary(method.output, bytes),
        message,
        this.#metadataFor(call),
        finish,
      );
      let isLate = false;
      const cancel = this.#options.context.clock.after(responseTimeoutMs, () => {
        isLate = true;
        rpc.cancel();
      });
      const abort = (): void => rpc.cancel();
      call?.signal.addEventListener('abort', abort, { once: true });
    });
  }

  #metadataFor(call: Call | undefined): Metadata {
    const metadata = new Metadata();
    // distinguishes several components of one type in one process
    metadata.set('x-component-instance', this.#options.context.name);
    if (call) metadata.set('traceparent', formatTraceparent(call.trace));
    return metadata;
  }

  #timeoutError(what: string, limitMs: number): Error {
    const { context, socket } = this.#options;
    return new Error(`the component ${context.name} at ${socket} did not respond to ${what} within ${limitMs} ms`);
  }
}

/** Also rejects when the client is closed. */
function connected(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Infinity, (error) => (error ? reject(error) : resolve()));
  });
}

function pathOf(method: { readonly name: string; readonly parent: { readonly typeName: string } }): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function bytesOf<Input extends DescMessage>(schema: Input, message: MessageInitShape<Input>): Buffer {
  const bytes = toBinary(schema, create(schema, message));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
