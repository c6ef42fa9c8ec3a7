import type { EventAnswer, EventDelivery, EventSink } from '#blocks/pubsub/event-sink.ts';
import type { AppChannel } from '#core/app-channel.ts';
import { cloudEventContentType } from '#core/cloud-event.ts';
import { readBody } from '#core/message.ts';
import type { Message, Reply } from '#core/message.ts';
import { bulkBody, bulkVerdict } from './bulk-delivery.ts';

/** A status is a word; more than this is no answer to an event. */
const answerLimitBytes = 1 << 20;
/** The channel sends these itself, from the call and from its own settings. */
const ownHeaders = new Set(['content-type', 'content-length', 'host', 'connection', 'transfer-encoding']);
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const callHeaders = new Set(['traceparent', 'tracestate', 'baggage', 'dapr-api-token']);

/** Events as HTTP requests to the app. Waits for the answer as long as the app takes, or until the call's signal aborts. */
export function httpEventSink(app: AppChannel): EventSink {
  return {
    async deliver(call, event) {
      const reply = await app.request(call, requestFor(event));
      const body = await readBody(reply.body, answerLimitBytes);
      const ok = reply.status >= 200 && reply.status < 300;
      if (!ok) return refusal(reply.status, body);
      const answer = parse(body);
      return event.isBulk ? verdictOf(bulkVerdict(answer)) : verdictOf(answer === undefined ? '' : statusOf(answer));
    },
  };
}

function requestFor(event: EventDelivery): Message {
  const path = event.path.startsWith('/') ? event.path : `/${event.path}`;
  const [route = path, query = ''] = path.split('?', 2);
  const headers = ['content-type', event.isBulk ? 'application/json' : cloudEventContentType];
  headers.push('pubsubName', event.pubsubName);
  for (const name in event.metadata) {
    const value = event.metadata[name];
    const lower = name.toLowerCase();
    if (value === undefined || ownHeaders.has(lower) || callHeaders.has(lower) || lower === 'pubsubname') continue;
    if (headerName.test(name)) headers.push(name, headerValue(value));
  }
  return { verb: 'POST', path: route, query, headers, body: event.isBulk ? bulkBody(event) : event.data };
}

/** Other producers write what they like: a value that no header can hold must not make the event undeliverable. */
function headerValue(value: string): string {
  // eslint-disable-next-line no-control-regex -- exactly what a header value must not hold
  return Buffer.from(value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' '), 'utf8').toString('latin1');
}

/** Any answer that says nothing means success: apps that only return 200 must work. */
function verdictOf(status: string): EventAnswer {
  switch (status) {
    case '':
    case 'SUCCESS':
      return { verdict: 'success' };
    case 'RETRY':
      return { verdict: 'retry', reason: 'the app asked to retry' };
    case 'DROP':
      return { verdict: 'drop', reason: 'the app dropped the event' };
    default:
      return { verdict: 'retry', reason: `the app answered the unknown status ${JSON.stringify(status.slice(0, 60))}` };
  }
}

function refusal(status: Reply['status'], body: Uint8Array): EventAnswer {
  const said = Buffer.from(body).toString('utf8', 0, 200).trim();
  const reason = `the app answered ${status}${said === '' ? '' : `: ${said}`}`;
  return { verdict: status === 404 ? 'drop' : 'retry', reason };
}

/** Undefined for what is no JSON object. */
function parse(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  // Nearly every answer is empty or a page of text: those need no parser.
  if (!body.includes(0x7b)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function statusOf(answer: Readonly<Record<string, unknown>>): string {
  return typeof answer.status === 'string' ? answer.status : '';
}
