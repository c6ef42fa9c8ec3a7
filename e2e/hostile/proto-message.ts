import { oddTexts, oddTimes } from './odd-values.ts';
import type { Protocol, ProtoField } from './proto-text.ts';
import type { SeededRandom } from './seeded-random.ts';
import { names } from './valid-requests.ts';

const oddIntegers: readonly bigint[] = [0n, 1n, -1n, 2n ** 31n, -(2n ** 31n), 2n ** 63n - 1n, -(2n ** 63n), 99n];
const deepestMessage = 4;

/** Valid texts for fields of these names. */
const textsByField: Readonly<Record<string, readonly string[]>> = {
  store_name: [names.state, names.otherState, names.lock, names.configuration, names.secrets],
  storeName: [names.state, names.otherState],
  pubsub_name: [names.pubsub],
  topic: [names.topic],
  actor_type: [names.actorType],
  actor_id: ['1', '2'],
  id: [names.app, '1'],
  key: ['k1', 'k2'],
  keys: ['k1', 'k2'],
  method: ['hello', 'greet'],
  operationType: ['upsert', 'delete'],
  operation: ['upsert', 'create'],
  component_name: [names.crypto],
  name: ['n1', names.conversation, names.binding],
  key_name: ['key'],
  key_wrap_algorithm: ['AES', 'A256KW'],
  resource_id: ['r1'],
  lock_owner: ['me'],
  due_time: ['1h'],
  period: ['1h'],
  ttl: ['2h'],
  content_type: ['application/json', 'text/plain'],
  data_content_type: ['application/json', 'application/cloudevents+json', 'application/octet-stream'],
};

/** A message of a type, most of its fields valid and some odd, in binary form. */
export function oddMessage(protocol: Protocol, type: string, random: SeededRandom, depth = 0): Buffer {
  const fields = protocol.messages.get(type) ?? [];
  if (depth > deepestMessage) return Buffer.alloc(0);
  const parts: Buffer[] = [];
  for (const field of fields) {
    if (random.percent(depth === 0 ? 8 : 35)) continue;
    const times = field.isRepeated ? random.pick([0, 1, 1, 2, 3]) : 1;
    for (let i = 0; i < times; i++) parts.push(written(protocol, field, random, depth));
  }
  return Buffer.concat(parts);
}

function written(protocol: Protocol, field: ProtoField, random: SeededRandom, depth: number): Buffer {
  const { number, type, map } = field;
  if (map) {
    const entry = [
      written(protocol, { ...field, name: 'metadata', number: 1, type: map[0], map: undefined }, random, depth + 1),
      written(protocol, { ...field, name: 'metadata', number: 2, type: map[1], map: undefined }, random, depth + 1),
    ];
    return prefixed(number, Buffer.concat(entry));
  }
  if (protocol.messages.has(type)) return prefixed(number, oddMessage(protocol, type, random, depth + 1));
  switch (type) {
    case 'string':
      return prefixed(number, Buffer.from(textFor(field.name, random)));
    case 'bytes':
      return prefixed(number, bytesFor(random));
    case 'double':
    case 'fixed64':
      return Buffer.concat([tag(number, 1), random.bytes(8)]);
    case 'float':
    case 'fixed32':
      return Buffer.concat([tag(number, 5), random.bytes(4)]);
    case 'Any':
      return prefixed(
        number,
        Buffer.concat([prefixed(1, Buffer.from(random.pick(oddTexts))), prefixed(2, bytesFor(random))]),
      );
    case 'Struct':
    case 'Value':
    case 'Timestamp':
    case 'Duration':
      return prefixed(number, random.percent(50) ? Buffer.alloc(0) : random.bytes(random.below(12)));
    default:
      return Buffer.concat([tag(number, 0), varint(random.pick(oddIntegers))]);
  }
}

function textFor(name: string, random: SeededRandom): string {
  const validTexts = textsByField[name];
  if (validTexts && random.percent(75)) return random.pick(validTexts);
  return random.percent(80) ? random.pick(oddTexts) : random.pick(oddTimes);
}

function bytesFor(random: SeededRandom): Buffer {
  switch (random.below(6)) {
    case 0:
      return random.bytes(random.below(200));
    case 1:
      return Buffer.from('['.repeat(10_000) + ']'.repeat(10_000));
    case 2:
      return Buffer.from('{"specversion":"1.0","id":7,"source":null,"type":{},"data":{"n":1e999}}');
    case 3:
      return Buffer.from(random.pick(oddTexts));
    default:
      return Buffer.from('{"n":1}');
  }
}

/** A damaged message, or random bytes. */
export function brokenMessage(bytes: Buffer, random: SeededRandom): Buffer {
  switch (random.below(8)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length + 1));
    case 1: {
      const flipped = Buffer.from(bytes);
      for (let times = 0; times < 4 && flipped.length > 0; times++)
        flipped[random.below(flipped.length)] = random.below(256);
      return flipped;
    }
    case 2:
      return random.bytes(random.below(500));
    case 3:
      // A length far beyond the message.
      return Buffer.concat([bytes, tag(1, 2), varint(2n ** 31n - 1n)]);
    case 4:
      // A number that never ends.
      return Buffer.concat([bytes, Buffer.alloc(40, 0xff)]);
    case 5:
      // Nested groups that are never closed.
      return Buffer.concat([bytes, Buffer.alloc(20_000, 0x0b)]);
    case 6:
      return nested(bytes, random.pick([100, 2000]));
    default:
      // A field of each number with each wire type.
      return Buffer.concat([
        bytes,
        ...[1, 2, 3, 4, 5].flatMap((number) => [0, 1, 2, 3, 4, 5, 6, 7].map((kind) => tag(number, kind))),
      ]);
  }
}

function nested(bytes: Buffer, levels: number): Buffer {
  let inner: Buffer = Buffer.alloc(0);
  for (let level = 0; level < levels; level++) inner = prefixed(1 + (level % 4), inner);
  return Buffer.concat([bytes, inner]);
}

function prefixed(number: number, content: Buffer): Buffer {
  return Buffer.concat([tag(number, 2), varint(BigInt(content.length)), content]);
}

function tag(number: number, kind: number): Buffer {
  return varint(BigInt(number * 8 + kind));
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}
