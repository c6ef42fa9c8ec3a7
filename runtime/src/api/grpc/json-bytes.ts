import { create } from '@bufbuild/protobuf';
import { BytesValueSchema, anyPack } from '@bufbuild/protobuf/wkt';

/** What an app gave along with a timer or reminder, as the wire gives it back: the bytes of its JSON text. */
export function jsonTextBytes(text: string) {
  return { data: anyPack(BytesValueSchema, create(BytesValueSchema, { value: Buffer.from(text) })) };
}
