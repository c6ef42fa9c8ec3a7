import { create } from '@bufbuild/protobuf';
import { BytesValueSchema, anyPack } from '@bufbuild/protobuf/wkt';

/** The data of a timer or reminder as Dapr returns it: the bytes of its JSON text. */
export function jsonTextBytes(text: string) {
  return { data: anyPack(BytesValueSchema, create(BytesValueSchema, { value: Buffer.from(text) })) };
}
