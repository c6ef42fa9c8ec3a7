import type { BulkDelivery, EventDelivery, EventSink } from '#blocks/pubsub/event-sink.ts';
import { type DeliveryResult, deliveryResultOf } from '#blocks/pubsub/delivery-outcome.ts';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { cloudEventContentType } from '#core/cloud-event.ts';
import { decodeGo } from '#core/go-decode.ts';
import { any, struct, text } from '#core/go-shape.ts';
import type { Shape } from '#core/go-shape.ts';
import { noBody, readStart } from '#core/message.ts';
import type { Message, Reply } from '#core/message.ts';
import { bulkBody, bulkResponseShape, bulkResults } from './bulk-delivery.ts';

/** An app may add anything to its status; bytes beyond the limit are read and ignored. */
const responseLimitBytes = 16 << 20;
/** The channel sets these headers itself, from the call and from its settings. */
const reservedHeaders = new Set(['content-type', 'content-length', 'host', 'connection', 'transfer-encoding']);
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Outrigger's own header: how many times this event was delivered to the app, 1 for the first. */
export const attemptHeader = 'x-outrigger-attempt';
const callHeaders = new Set(['traceparent', 'tracestate', 'baggage', 'dapr-api-token', attemptHeader]);

/**
 * Events as HTTP requests to the app. Waits for the response as long as the app takes, or until the call's signal
 * aborts.
 */
export function httpEventSink(app: AppChannel): EventSink {
  const send = async (call: Call, message: Message) => {
    const reply = await app.request(call, message);
    const body = await readStart(reply.body, responseLimitBytes);
    const isSuccess = reply.status >= 200 && reply.status < 300;
    return isSuccess ? { body } : { rejected: rejectedResult(reply.status, body) };
  };
  return {
    async deliver(call, event) {
      const { body = noBody, rejected } = await send(call, requestFor(event));
      if (rejected) return rejected;
      const { status = '', reason } = parse(responseShape, body) ?? {};
      return deliveryResultOf(status, reason);
    },
    async deliverBulk(call, bulk) {
      const { body = noBody, rejected } = await send(call, bulkRequestFor(bulk));
      return rejected ? bulk.entries.map(() => rejected) : bulkResults(bulk.entries, parse(bulkResponseShape, body));
    },
  };
}

function requestFor({ path, pubsubName, metadata, data, attempt }: EventDelivery): Message {
  const headers = ['content-type', cloudEventContentType, 'pubsubName', pubsubName];
  if (attempt !== undefined) headers.push(attemptHeader, String(attempt));
  for (const name in metadata) {
    const value = metadata[name];
    const lower = name.toLowerCase();
    if (value === undefined || reservedHeaders.has(lower) || callHeaders.has(lower) || lower === 'pubsubname') continue;
    if (headerName.test(name)) headers.push(name, headerValue(value));
  }
  return { verb: 'POST', ...targetOf(path), headers, body: data };
}

function bulkRequestFor(bulk: BulkDelivery): Message {
  const headers = ['content-type', 'application/json', 'pubsubName', bulk.pubsubName];
  return { verb: 'POST', ...targetOf(bulk.path), headers, body: bulkBody(bulk) };
}

function targetOf(route: string): Pick<Message, 'path' | 'query'> {
  const rooted = route.startsWith('/') ? route : `/${route}`;
  const [path = rooted, query = ''] = rooted.split('?', 2);
  return { path, query };
}

/** Other producers may write any value: one that a header cannot carry must not make the event undeliverable. */
function headerValue(value: string): string {
  // eslint-disable-next-line no-control-regex -- exactly what a header value must not hold
  return Buffer.from(value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' '), 'utf8').toString('latin1');
}

function rejectedResult(status: Reply['status'], body: Uint8Array): DeliveryResult {
  const bodyText = Buffer.from(body).toString('utf8', 0, 200).trim();
  const reason = `the app responded with ${status}${bodyText === '' ? '' : `: ${bodyText}`}`;
  return { outcome: status === 404 ? 'drop' : 'retry', reason, status: { http: status } };
}

const responseShape = struct('pubsub.AppResponse', { status: text, reason: any });

/** Undefined when the body is not JSON of this shape. */
function parse<T>(shape: Shape<T>, body: Uint8Array): T | undefined {
  // Nearly every response is empty or plain text: those need no parser.
  if (!body.includes(0x7b)) return undefined;
  try {
    return decodeGo(shape, body);
  } catch {
    return undefined;
  }
}
