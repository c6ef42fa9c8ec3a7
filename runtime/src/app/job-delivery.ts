import { fromBinary, toJson } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import { jobRejected } from '#blocks/jobs/errors.ts';
import type { JobApp } from '#blocks/jobs/job-app.ts';
import type { JobData } from '#blocks/jobs/job-store.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { goJson } from '#core/go-json.ts';
import { noBody, readStart } from '#core/message.ts';

const responseLimitBytes = 1 << 20;
const headers = ['content-type', 'application/json'];
const jsonType = 'type.googleapis.com/google.protobuf.Value';

/** Jobs as HTTP requests to the app: POST to `/job/{name}`. */
export function httpJobApp(app: AppChannel): JobApp {
  return {
    async run(call, name, data) {
      const message = {
        verb: 'POST',
        path: `/job/${encodeURIComponent(name)}`,
        query: '',
        headers,
        body: bodyOf(data),
      };
      const reply = await app.request(call, message);
      const body = await readStart(reply.body, responseLimitBytes);
      if (reply.status >= 200 && reply.status < 300) return 'done';
      if (reply.status === 404) return 'unknown';
      const text = Buffer.from(body).toString('utf8', 0, 200).trim();
      throw jobRejected(name, `it responded with ${reply.status}${text === '' ? '' : `: ${text}`}`);
    },
  };
}

/** JSON is sent as JSON; for any other type the app gets the bytes, without surrounding blanks, as upstream. */
function bodyOf(data: JobData | undefined): Uint8Array {
  if (data === undefined) return noBody;
  if (data.typeUrl !== jsonType || data.value.length === 0) return trimmed(data.value);
  return Buffer.from(goJson(toJson(ValueSchema, fromBinary(ValueSchema, data.value))));
}

function trimmed(bytes: Uint8Array): Uint8Array {
  let from = 0;
  let to = bytes.length;
  while (from < to && isBlank(bytes[from])) from += 1;
  while (to > from && isBlank(bytes[to - 1])) to -= 1;
  return bytes.subarray(from, to);
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}
