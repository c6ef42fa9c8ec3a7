import { createRegistry, toBinary } from '@bufbuild/protobuf';
import type { DescFile, DescService } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { RuntimeError, defineError, textOf, withCause } from '#core/errors.ts';

const requestEmpty = defineError(
  { code: 'ERR_REFLECTION', http: 400, grpc: 'InvalidArgument' },
  () => 'invalid MessageRequest: it is empty',
);

const messageMalformed = defineError(
  { code: 'ERR_MALFORMED_REQUEST', http: 400, grpc: 'Internal' },
  (reason: string) => `the message is not a valid ServerReflectionRequest: ${reason}`,
);

const notFound = 5;

/** The responses to one client's requests. Each file is sent once, with its imports. */
export type Reflection = (request: Uint8Array) => Uint8Array;

/**
 * Implements server reflection for tools such as grpcurl. `names` are services without a descriptor here. The messages
 * are few and flat enough to be encoded by hand.
 */
export function reflection(services: readonly DescService[], names: readonly string[]): Reflection {
  const files = new Map<string, DescFile>();
  for (const { file } of services) collect(file, files);
  const registry = createRegistry(...files.values());
  const sent = new Set<string>();

  const fileDefining = (symbol: string): DescFile | undefined => {
    const desc = registry.get(symbol);
    if (desc) return desc.file;
    const dot = symbol.lastIndexOf('.');
    const parent = dot === -1 ? undefined : registry.get(symbol.slice(0, dot));
    const name = symbol.slice(dot + 1);
    const hasMember =
      (parent?.kind === 'service' && parent.methods.some((method) => method.name === name)) ||
      (parent?.kind === 'message' && parent.members.some((member) => member.name === name)) ||
      (parent?.kind === 'enum' && parent.values.some((value) => value.name === name));
    return hasMember ? parent?.file : undefined;
  };

  return (bytes) => {
    const request = parseRequest(bytes);
    const response = new BinaryWriter().tag(1, WireType.LengthDelimited).string(request.host);
    response.tag(2, WireType.LengthDelimited).bytes(bytes);
    if (request.kind === 'services') {
      const list = new BinaryWriter();
      for (const name of [...services.map(({ typeName }) => typeName), ...names].sort())
        list
          .tag(1, WireType.LengthDelimited)
          .bytes(new BinaryWriter().tag(1, WireType.LengthDelimited).string(name).finish());
      return response.tag(6, WireType.LengthDelimited).bytes(list.finish()).finish();
    }
    const file = request.kind === 'symbol' ? fileDefining(request.text) : files.get(request.text);
    if (request.kind === 'extensions' || !file) {
      const error = new BinaryWriter().tag(1, WireType.Varint).int32(notFound);
      error.tag(2, WireType.LengthDelimited).string('proto: not found');
      return response.tag(7, WireType.LengthDelimited).bytes(error.finish()).finish();
    }
    const list = new BinaryWriter();
    for (const one of withImports(file, sent))
      list.tag(1, WireType.LengthDelimited).bytes(toBinary(FileDescriptorProtoSchema, one.proto));
    return response.tag(4, WireType.LengthDelimited).bytes(list.finish()).finish();
  };
}

interface ReflectionRequest {
  readonly host: string;
  readonly kind: 'file' | 'symbol' | 'services' | 'extensions';
  readonly text: string;
}

const kinds = new Map<number, ReflectionRequest['kind']>([
  [3, 'file'],
  [4, 'symbol'],
  [5, 'extensions'],
  [6, 'extensions'],
  [7, 'services'],
]);

function parseRequest(bytes: Uint8Array): ReflectionRequest {
  try {
    return readFields(bytes);
  } catch (cause) {
    throw cause instanceof RuntimeError ? cause : withCause(messageMalformed(textOf(cause)), cause);
  }
}

function readFields(bytes: Uint8Array): ReflectionRequest {
  const reader = new BinaryReader(bytes);
  let host = '';
  let kind: ReflectionRequest['kind'] | undefined;
  let text = '';
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const requestKind = kinds.get(number);
    if (wireType !== WireType.LengthDelimited || (number !== 1 && !requestKind)) reader.skip(wireType, number);
    else if (!requestKind) host = reader.string();
    // an extension request has a message as its value, whose content is not needed
    else if (number === 5) [kind, text] = [requestKind, String(reader.bytes().length)];
    else [kind, text] = [requestKind, reader.string()];
  }
  if (!kind) throw requestEmpty();
  return { host, kind, text };
}

function collect(file: DescFile, into: Map<string, DescFile>): void {
  if (into.has(file.proto.name)) return;
  into.set(file.proto.name, file);
  for (const one of file.dependencies) collect(one, into);
}

/** The file first, whether it was sent before or not; its imports only if not. */
function withImports(file: DescFile, sent: Set<string>): DescFile[] {
  sent.add(file.proto.name);
  const list = [file];
  for (const one of file.dependencies) if (!sent.has(one.proto.name)) list.push(...withImports(one, sent));
  return list;
}
