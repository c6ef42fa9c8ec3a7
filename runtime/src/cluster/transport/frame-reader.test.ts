import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { noAuthentication } from './authentication.ts';
import { FrameReader } from './frame-reader.ts';
import { ProtocolError, maxFrameBytes, preface } from './frames.ts';

interface Seen {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: string;
}

function reader(): { readonly reader: FrameReader; readonly seen: Seen[] } {
  const seen: Seen[] = [];
  const events = {
    handshakeCompleted() {},
    respond() {},
    frame: ({ type, flags, stream, buffer, start, end }: Parameters<FrameReaderEventsFrame>[0]) =>
      void seen.push({ type, flags, stream, payload: buffer.toString('hex', start, end) }),
  };
  return { reader: new FrameReader(events, { method: 0, exchange: noAuthentication.begin('server') }), seen };
}

type FrameReaderEventsFrame = ConstructorParameters<typeof FrameReader>[0]['frame'];

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(10);
  header.writeUInt32BE(payload.length);
  header[4] = type;
  header[5] = flags;
  header.writeUInt32BE(stream, 6);
  return Buffer.concat([header, payload]);
}

test('frame reader: frames are parsed alike, however the network splits them', () => {
  const random = seededRandom(7);
  const upTo = (limit: number): number => Math.floor(random.random() * limit);
  for (let round = 0; round < 200; round++) {
    const sent: Seen[] = [];
    const wire: Buffer[] = [preface()];
    for (let i = 0; i < 20; i++) {
      const payload = Buffer.alloc(upTo(4) === 0 ? 0 : upTo(300), upTo(256));
      const [type, flags, stream] = [upTo(10), upTo(2), upTo(2 ** 31)];
      wire.push(frame(type, flags, stream, payload));
      sent.push({ type, flags, stream, payload: payload.toString('hex') });
    }
    const { reader: cutting, seen } = reader();
    const bytes = Buffer.concat(wire);
    for (let at = 0; at < bytes.length;) {
      const length = 1 + upTo(round % 2 === 0 ? 12 : 2_000);
      cutting.push(bytes.subarray(at, at + length));
      at += length;
    }
    assert.deepEqual(seen, sent);
  }
});

test('frame reader: another protocol is detected by the first bytes', () => {
  assert.throws(() => reader().reader.push(Buffer.from('GET / HTTP/1.1\r\n')), /does not speak the sidecar protocol/);
});

test('frame reader: another version of the protocol is named', () => {
  const other = preface();
  other[4] = 9;
  assert.throws(() => reader().reader.push(other), /version 9 of the sidecar protocol, this sidecar version 1/);
});

test('frame reader: a frame of excessive length is rejected before it is buffered', () => {
  const header = frame(1, 0, 1, Buffer.alloc(0));
  header.writeUInt32BE(maxFrameBytes + 1);
  assert.throws(() => reader().reader.push(Buffer.concat([preface(), header])), ProtocolError);
});
