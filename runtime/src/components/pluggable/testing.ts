import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, DescMethod, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import type { Any } from '@bufbuild/protobuf/wkt';
import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerDuplexStream, ServerUnaryCall, StatusObject, sendUnaryData } from '@grpc/grpc-js';
import type { BindingEventHandler, InputBinding, OutputBinding } from '#blocks/bindings/binding.ts';
import type { Broker, BrokerSubscription } from '#blocks/pubsub/broker.ts';
import type { SecretStore } from '#blocks/secrets/secret-store.ts';
import type {
  DeleteOperation,
  QueryableStateStore,
  SetOperation,
  StateOperation,
  TransactionalStateStore,
} from '#blocks/state/state-store.ts';
import type { DeliveryOutcome } from '#blocks/pubsub/delivery-outcome.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import {
  InputBinding as InputService,
  OutputBinding as OutputService,
} from '#gen/dapr/proto/components/v1/bindings_pb.ts';
import { PubSub } from '#gen/dapr/proto/components/v1/pubsub_pb.ts';
import { SecretStore as SecretService } from '#gen/dapr/proto/components/v1/secretstore_pb.ts';
import {
  QueriableStateStore,
  StateOptions_StateConcurrency,
  StateStore as StateService,
  TransactionalStateStore as TransactionService,
  TransactionalStoreMultiMaxSize,
} from '#gen/dapr/proto/components/v1/state_pb.ts';
import type { DeleteRequest, SetRequest } from '#gen/dapr/proto/components/v1/state_pb.ts';
import { BadRequestSchema } from '#gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '#gen/google/rpc/status_pb.ts';
import { ServerReflection } from '#gen/grpc/reflection/v1alpha/reflection_pb.ts';

/** The ports that the simulated component process serves. */
export interface Served {
  readonly stateStore?: TransactionalStateStore & Partial<QueryableStateStore>;
  readonly broker?: Broker;
  readonly input?: InputBinding;
  readonly output?: OutputBinding;
  readonly secretStore?: SecretStore;
}

export interface ServedComponent extends AsyncDisposable {
  readonly socket: string;
  /** The properties of each Init call. */
  readonly inits: Readonly<Record<string, string>>[];
  /** The instance name of each Init call. */
  readonly instances: string[];
  /** The responses to messages, by message id. */
  readonly responses: { readonly id: string; readonly error?: string }[];
  /** Returns the status with which a call fails; undefined lets it succeed. */
  failing: ((rpc: string) => StatusObject | undefined) | undefined;
  /** Ends the server abruptly, and starts a new one on the same socket. */
  restart(): Promise<void>;
}

type Handlers = Readonly<Record<string, (message: never, raw: ServerUnaryCall<unknown, unknown>) => Promise<object>>>;

/** A simulated component process: gRPC with reflection on a socket. */
export async function serveComponent(served: Served): Promise<ServedComponent> {
  const folder = await mkdtemp(join(tmpdir(), 'plug-'));
  const socket = join(folder, 'ledger.sock');
  const component: Omit<ServedComponent, keyof AsyncDisposable> = {
    socket,
    inits: [],
    instances: [],
    responses: [],
    failing: undefined,
    async restart() {
      server.forceShutdown();
      server = await listen(socket, served, component);
    },
  };
  let server = await listen(socket, served, component);
  return Object.assign(component, {
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

type ComponentState = Omit<ServedComponent, keyof AsyncDisposable>;

async function listen(socket: string, served: Served, state: ComponentState): Promise<Server> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  await rm(socket, { force: true });
  const services: DescService[] = [];
  const add = (service: DescService, handlers: Handlers): void => {
    services.push(service);
    for (const method of service.methods) {
      const handler = handlers[method.localName];
      if (!handler || method.methodKind !== 'unary') continue;
      server.register(
        pathOf(method),
        (raw: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<object>) => {
          if (method.localName === 'init') state.instances.push(String(raw.metadata.get('x-component-instance')[0]));
          const failure = state.failing?.(method.name);
          if (failure) return done(failure);
          handler(raw.request as never, raw).then(
            (response) => done(null, response),
            (cause: unknown) => done(statusOf(cause)),
          );
        },
        (response: object) => bytesOf(method.output, response),
        (bytes: Buffer) => fromBinary(method.input, bytes),
        'unary',
      );
    }
  };
  const init = async ({ metadata }: { metadata?: { properties: Record<string, string> } }): Promise<object> => {
    state.inits.push(metadata?.properties ?? {});
    return {};
  };
  const common = { init, ping: async () => ({}) };
  if (served.stateStore) addState(add, served.stateStore, common);
  if (served.broker) {
    addBroker(add, served.broker, common);
    addPull(server, served.broker, state);
  }
  if (served.secretStore) addSecrets(add, served.secretStore, common);
  if (served.output) addOutput(add, served.output, common);
  if (served.input) {
    add(InputService, common);
    addRead(server, served.input, state);
  }
  addBidi(server, ServerReflection.method.serverReflectionInfo, (_question, stream) => {
    const service = services.map(({ typeName }) => ({ name: typeName }));
    stream.write({ messageResponse: { case: 'listServicesResponse', value: { service } } });
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  return server;
}

type Add = (service: DescService, handlers: Handlers) => void;

function addState(add: Add, store: NonNullable<Served['stateStore']>, common: Handlers): void {
  const features = async (): Promise<object> => ({ features: store.features });
  const stored = async (keys: readonly string[]): Promise<object[]> => {
    const values = await store.getBulk(call, keys);
    return keys.map((key) => {
      const value = values.get(key);
      if (!value) return { key };
      const expiry = value.expiresAt === undefined ? {} : { ttlExpireTime: new Date(value.expiresAt).toISOString() };
      return { key, data: value.data, etag: { value: value.etag }, metadata: expiry };
    });
  };
  add(StateService, {
    ...common,
    features,
    get: async ({ key }: { key: string }) => {
      const [item] = await stored([key]);
      return { ...item, key: undefined };
    },
    set: async (message: SetRequest) => (await store.set(call, setOf(message)), {}),
    delete: async (message: DeleteRequest) => (await store.delete(call, deleteOf(message)), {}),
    bulkGet: async ({ items }: { items: { key: string }[] }) => ({ items: await stored(items.map(({ key }) => key)) }),
    bulkSet: async ({ items }: { items: SetRequest[] }) => {
      for (const item of items) await store.set(call, setOf(item));
      return {};
    },
    bulkDelete: async ({ items }: { items: DeleteRequest[] }) => {
      for (const item of items) await store.delete(call, deleteOf(item));
      return {};
    },
  });
  add(TransactionService, {
    transact: async ({ operations }: { operations: { request: TransactRequest }[] }) => {
      const requested = operations.flatMap(({ request }): StateOperation[] =>
        request.case === 'set' ? [setOf(request.value)] : request.case === 'delete' ? [deleteOf(request.value)] : [],
      );
      await store.transact(call, requested);
      return {};
    },
  });
  add(TransactionalStoreMultiMaxSize, {
    multiMaxSize: async () => ({ maxSize: BigInt(store.maxOperations ?? -1) }),
  });
  add(QueriableStateStore, {
    // returns the filter as the value, so that a test can check it
    query: async ({ query }: { query?: { filter: Record<string, { value: Uint8Array }> } }) => {
      const [operator = '', operand] = Object.entries(query?.filter ?? {})[0] ?? [];
      const requested = JSON.parse(Buffer.from(operand?.value ?? []).toString()) as unknown;
      return {
        items: [{ key: 'shop||1', data: Buffer.from(JSON.stringify({ operator, requested })) }, { key: 'other||1' }],
      };
    },
  });
}

type TransactRequest =
  | { case: 'set'; value: SetRequest }
  | { case: 'delete'; value: DeleteRequest }
  | { case: undefined };

function addBroker(add: Add, broker: Broker, common: Handlers): void {
  add(PubSub, {
    ...common,
    features: async () => ({ features: broker.features }),
    publish: async (message: MessageShape<typeof PubSub.method.publish.input>) => {
      const { topic, data, contentType, metadata } = message;
      await broker.publish(call, { id: '', topic, data, contentType, metadata });
      return {};
    },
  });
}

function addPull(server: Server, broker: Broker, state: ComponentState): void {
  const waiting = new Map<string, (outcome: DeliveryOutcome) => void>();
  addBidi(server, PubSub.method.pullMessages, ({ topic, ackMessageId, ackError }, stream) => {
    if (!topic) {
      state.responses.push({ id: ackMessageId, ...(ackError ? { error: ackError.message } : {}) });
      return waiting.get(ackMessageId)?.(ackError ? 'retry' : 'success');
    }
    const consumer = topic.metadata['consumerID'] ?? state.inits.at(-1)?.['consumerID'] ?? '';
    const request = { topic: topic.name, consumer, metadata: topic.metadata };
    let subscription: Promise<BrokerSubscription> | undefined;
    const leave = (): void => void subscription?.then((open) => open.close(0));
    subscription = broker.subscribe(request, ({ topic: topicName, ...message }) => {
      const id = `message-${waiting.size + 1}`;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        stream.write({ ...message, topicName, id });
      });
    });
    stream.on('end', leave);
    stream.on('cancelled', leave);
  });
}

function addRead(server: Server, input: InputBinding, state: ComponentState): void {
  const waiting = new Map<string, { resolve: (data: Uint8Array) => void; reject: (cause: Error) => void }>();
  const opened = (stream: ServerDuplexStream<unknown, object>): void => {
    const handler: BindingEventHandler = ({ data, metadata }) =>
      new Promise((resolve, reject) => {
        const messageId = `event-${waiting.size + 1}`;
        waiting.set(messageId, { resolve, reject });
        stream.write({ data, metadata, messageId });
      });
    const reading = input.read(handler);
    const leave = (): void => void reading.then((open) => open.close(0));
    stream.on('end', leave);
    stream.on('cancelled', leave);
  };
  const onResponse = ({
    messageId,
    responseData,
    responseError,
  }: MessageShape<typeof InputService.method.read.input>) => {
    state.responses.push({ id: messageId, ...(responseError ? { error: responseError.message } : {}) });
    if (responseError) waiting.get(messageId)?.reject(new Error(responseError.message));
    else waiting.get(messageId)?.resolve(responseData);
  };
  addBidi(server, InputService.method.read, onResponse, opened);
}

function addSecrets(add: Add, store: SecretStore, common: Handlers): void {
  add(SecretService, {
    ...common,
    features: async () => ({ features: store.features }),
    get: async ({ key }: { key: string }) => ({ data: await store.get(call, key) }),
    bulkGet: async () => {
      const all = await store.getAll(call);
      return { data: Object.fromEntries([...all].map(([name, secrets]) => [name, { secrets }])) };
    },
  });
}

function addOutput(add: Add, output: OutputBinding, common: Handlers): void {
  add(OutputService, {
    ...common,
    listOperations: async () => ({ operations: output.operations }),
    invoke: async (message: MessageShape<typeof OutputService.method.invoke.input>) =>
      (await output.invoke(call, message)) ?? {},
  });
}

function addBidi<Input extends DescMessage, Output extends DescMessage>(
  server: Server,
  method: { readonly input: Input; readonly output: Output; readonly name: string; readonly parent: DescService },
  onMessage: (message: MessageShape<Input>, stream: ServerDuplexStream<unknown, MessageInitShape<Output>>) => void,
  onOpen: (stream: ServerDuplexStream<unknown, MessageInitShape<Output>>) => void = () => {},
): void {
  server.register(
    pathOf(method),
    (stream: ServerDuplexStream<MessageShape<Input>, MessageInitShape<Output>>) => {
      onOpen(stream);
      stream.on('data', (message: MessageShape<Input>) => onMessage(message, stream));
      stream.on('end', () => stream.end());
      stream.on('error', () => {});
    },
    (response: MessageInitShape<Output>) => bytesOf(method.output, response),
    (bytes: Buffer) => fromBinary(method.input, bytes),
    'bidi',
  );
}

function pathOf(method: Pick<DescMethod, 'name' | 'parent'>): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function bytesOf<Schema extends DescMessage>(schema: Schema, message: object): Buffer {
  return Buffer.from(toBinary(schema, create(schema, message as MessageInitShape<Schema>)));
}

function setOf({ key, value, etag, metadata, options }: SetRequest): SetOperation {
  const ttl = metadata['ttlInSeconds'];
  return {
    kind: 'set',
    key,
    value,
    ...conditionsOf(etag, options),
    ...(ttl === undefined ? {} : { ttlSeconds: Number(ttl) }),
  };
}

function deleteOf({ key, etag, options }: DeleteRequest): DeleteOperation {
  return { kind: 'delete', key, ...conditionsOf(etag, options) };
}

function conditionsOf(
  etag: SetRequest['etag'],
  options: SetRequest['options'],
): Pick<SetOperation, 'etag' | 'concurrency'> {
  const isFirst = options?.concurrency === StateOptions_StateConcurrency.CONCURRENCY_FIRST_WRITE;
  return { ...(etag ? { etag: etag.value } : {}), ...(isFirst ? { concurrency: 'first-write' as const } : {}) };
}

/** The status of an etag error as upstream's components send it; anything else is Unknown. */
function statusOf(cause: unknown): StatusObject {
  const code = cause instanceof RuntimeError ? cause.kind.code : '';
  const number = code === 'ERR_STATE_ETAG_MISMATCH' ? 9 : code === 'ERR_STATE_ETAG_INVALID' ? 3 : 2;
  if (number === 2) return { code: 2, details: textOf(cause), metadata: new Metadata() };
  const violation = create(BadRequestSchema, { fieldViolations: [{ field: 'etag', description: textOf(cause) }] });
  return statusWith(number, textOf(cause), anyPack(BadRequestSchema, violation));
}

export function statusWith(code: number, message: string, detail: Any): StatusObject {
  const metadata = new Metadata();
  const status = create(StatusSchema, { code, message, details: [detail] });
  metadata.set('grpc-status-details-bin', Buffer.from(toBinary(StatusSchema, status)));
  return { code, details: message, metadata };
}

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

export function componentContext(more: Partial<ComponentContext> = {}): ComponentContext {
  return {
    name: 'plugged',
    type: 'state.ledger',
    version: 'v1',
    metadata: {},
    appId: 'shop',
    namespace: 'default',
    log: silentLog,
    clock: fakeClock(),
    random: seededRandom(),
    ...more,
  };
}
