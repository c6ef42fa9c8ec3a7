/** The stored form of a value. Version 1 of the component stores the plain bytes, without an expiry. */
export interface StoredForm {
  encode(data: Uint8Array, write: { readonly now: number; readonly ttlSeconds: number | undefined }): Uint8Array;
  decode(bytes: Buffer): { readonly data: Uint8Array; readonly expiresAt?: number };
}

export const bareForm: StoredForm = {
  encode: (data) => data,
  decode: (data) => ({ data }),
};

/** Version 2: a protobuf message with the bytes (1), the time of the write (2) and the time to live (3). */
export const envelopeForm: StoredForm = {
  encode(data, { now, ttlSeconds }) {
    const written = Buffer.concat([number(1, Math.floor(now / 1000)), number(2, (now % 1000) * 1_000_000)]);
    const life = ttlSeconds === undefined ? [] : [bytes(3, number(1, ttlSeconds))];
    return Buffer.concat([bytes(1, data), bytes(2, written), ...life]);
  },
  decode(message) {
    let data: Uint8Array = Buffer.alloc(0);
    let writtenAt = 0;
    let ttlSeconds = 0;
    for (const { field, value } of fieldsOf(message)) {
      if (typeof value === 'number') continue;
      if (field === 1) data = value;
      if (field === 2) writtenAt = numberOf(value, 1) * 1000 + Math.floor(numberOf(value, 2) / 1_000_000);
      if (field === 3) ttlSeconds = numberOf(value, 1);
    }
    // a writer may encode "no expiry" as a time to live of 0 s
    return ttlSeconds > 0 ? { data, expiresAt: writtenAt + ttlSeconds * 1000 } : { data };
  },
};

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest % 0x80) | 0x80);
  out.push(rest);
  return Buffer.from(out);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function bytes(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
}

function numberOf(message: Buffer, fieldNumber: number): number {
  for (const { field, value } of fieldsOf(message))
    if (field === fieldNumber && typeof value === 'number') return value;
  return 0;
}

function* fieldsOf(message: Buffer): Iterable<{ readonly field: number; readonly value: number | Buffer }> {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let weight = 1; ; weight *= 0x80) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('the value in etcd is not one of version 2 of this component');
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = next();
    const field = tag >> 3;
    if ((tag & 7) === 0) {
      yield { field, value: next() };
      continue;
    }
    if ((tag & 7) !== 2) throw new RangeError('the value in etcd is not one of version 2 of this component');
    const end = next() + at;
    if (end > message.length) throw new RangeError('the value in etcd is truncated');
    yield { field, value: message.subarray(at, end) };
    at = end;
  }
}
