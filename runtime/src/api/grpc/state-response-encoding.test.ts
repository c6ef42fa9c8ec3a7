import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import { encodeStateResponse } from './state-response-encoding.ts';

const { output } = Dapr.method.getState;

test('encodeStateResponse: same bytes as protobuf-es', () => {
  for (const length of [0, 1, 127, 128, 1014, 16_383, 16_384, 2_097_152])
    for (const etag of [undefined, '', '1', 'ütürü €', 'e'.repeat(300)]) {
      const message = { data: Buffer.alloc(length, 'x'), ...(etag === undefined ? {} : { etag }), metadata: {} };
      const expected = Buffer.from(toBinary(output, create(output, message)));
      assert.ok(encodeStateResponse(message)?.equals(expected), `${length} bytes, etag ${etag}`);
    }
  assert.equal(encodeStateResponse({})?.length, 0);
});

test('encodeStateResponse: undefined with metadata', () => {
  assert.equal(encodeStateResponse({ data: Buffer.from('x'), metadata: { ttlExpireTime: 'x' } }), undefined);
});
