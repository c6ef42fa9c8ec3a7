import { type SettingsReader, settingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { serverUrls } from './server-urls.ts';
import type { ServerUrls, UrlLogin } from './server-urls.ts';

/** The metadata of `pubsub.jetstream`, read once and complete. Times are milliseconds. */
export interface JetStreamSettings {
  readonly servers: readonly string[];
  /** Shown by the server in its list of connections. */
  readonly connectionName: string;
  readonly login:
    | { readonly kind: 'none' }
    | { readonly kind: 'token'; readonly token: string }
    | { readonly kind: 'jwt'; readonly jwt: string; readonly seed: string }
    /** File names or PEM text. */
    | { readonly kind: 'tls'; readonly cert: string; readonly key: string };
  /** The login in the URLs; it replaces a token in the metadata. */
  readonly urlLogin?: UrlLogin;
  readonly domain?: string;
  readonly apiPrefix?: string;
  readonly streamName?: string;
  /** How long a stream created by this component stores messages. */
  readonly streamMaxAgeMs: number;
  readonly replicas: number;
  readonly durableName?: string;
  readonly memoryStorage: boolean;
  readonly ackWaitMs: number;
  /** -1: no limit. */
  readonly maxDeliver: number;
  /** Delays after the first, second, … failure; the last one repeats. `ackWait` when only that is set. Empty: exponential. */
  readonly backOffMs: readonly number[];
  readonly maxAckPending: number;
  /** Which of these the metadata sets: they are also applied to an existing consumer. */
  readonly explicit: { readonly ackWait: boolean; readonly maxDeliver: boolean; readonly maxAckPending: boolean };
  /** How many handlers run at once in this process. */
  readonly inFlight: number;
  readonly deliver:
    | { readonly from: 'all' | 'last' | 'new' }
    | { readonly from: 'sequence'; readonly sequence: number }
    | { readonly from: 'time'; readonly time: string };
}

const day = 86_400_000;
/** Enough for a busy app, few enough to leave messages for replicas of a slow one. */
const parallelInFlight = 64;

/** Throws `componentSettingInvalid`. A duration without a unit is milliseconds, as for the other brokers. */
export function jetStreamSettings(context: ComponentContext): JetStreamSettings {
  const { name, log } = context;
  const read = settingsReader(context, { bareDuration: 'milliseconds' });
  for (const entry of ['queueGroupName', 'flowControl', 'rateLimit', 'heartbeat', 'ackPolicy'])
    if (read.text(entry) !== '')
      log.info({ component: name, entry }, 'entry has no effect: it is not needed with pull consumers');
  const maxAckPending = read.integer('maxAckPending', 1000, { min: 1 });
  const concurrency = read.oneOf('concurrency', ['parallel', 'single'], 'parallel');
  const urls = urlsOf(name, read.required('natsURL', 'such as nats://127.0.0.1:4222'));
  const ackWaitMs = Math.max(100, read.duration('ackWait') ?? 30_000);
  return {
    servers: urls.servers,
    connectionName: read.text('name', 'dapr.io - pubsub.jetstream'),
    login: loginOf(read),
    ...(urls.login ? { urlLogin: urls.login } : {}),
    domain: read.text('domain') || undefined,
    apiPrefix: read.text('apiPrefix') || undefined,
    streamName: read.text('streamName') || undefined,
    streamMaxAgeMs: read.duration('streamMaxAge') ?? 7 * day,
    replicas: read.integer('replicas', 1, { min: 1 }),
    durableName: read.text('durableName') || undefined,
    memoryStorage: read.boolean('memoryStorage', false),
    ackWaitMs,
    maxDeliver: read.integer('maxDeliver', -1, { min: -1 }) || -1,
    backOffMs: backOffOf(read, ackWaitMs),
    maxAckPending,
    explicit: {
      ackWait: read.text('ackWait') !== '',
      maxDeliver: read.text('maxDeliver') !== '',
      maxAckPending: read.text('maxAckPending') !== '',
    },
    inFlight: concurrency === 'single' ? 1 : Math.min(maxAckPending, parallelInFlight),
    deliver: deliverOf(read),
  };
}

function urlsOf(component: string, text: string): ServerUrls {
  try {
    return serverUrls(text);
  } catch (cause) {
    throw new Error(`component ${component}: ${textOf(cause)}`, { cause });
  }
}

/** With `ackWait` alone, messages are redelivered at that interval, as in upstream. */
function backOffOf(read: SettingsReader, ackWaitMs: number): readonly number[] {
  const chosen = read.durations('backOff');
  return chosen.length === 0 && read.text('ackWait') !== '' ? [ackWaitMs] : chosen;
}

function loginOf(read: SettingsReader): JetStreamSettings['login'] {
  const jwt = read.pair('jwt', 'seedKey');
  if (jwt) return { kind: 'jwt', jwt: jwt[0], seed: jwt[1] };
  const tls = read.pair('tls_client_cert', 'tls_client_key');
  if (tls) return { kind: 'tls', cert: tls[0], key: tls[1] };
  const token = read.secret('token');
  return token === '' ? { kind: 'none' } : { kind: 'token', token };
}

function deliverOf(read: SettingsReader): JetStreamSettings['deliver'] {
  const from = read.oneOf('deliverPolicy', ['all', 'last', 'new', 'sequence', 'time'], 'all');
  switch (from) {
    case 'all':
    case 'last':
    case 'new':
      return { from };
    case 'sequence':
      return { from, sequence: read.integer('startSequence', 1, { min: 1 }) };
    case 'time':
      return { from, time: new Date(read.integer('startTime', 0, { min: 0 }) * 1000).toISOString() };
  }
}
