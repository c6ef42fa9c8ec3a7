import type { IClientOptions } from 'mqtt';
import type { ComponentContext } from '#core/component.ts';

export interface MqttSettings {
  /** With the driver's schemes: `mqtt://…`, `mqtts://…`, `ws://…`; without the login. */
  readonly url: string;
  /** `host:port`, for messages. */
  readonly address: string;
  readonly login: Pick<IClientOptions, 'username' | 'password'>;
  readonly tls: Pick<IClientOptions, 'ca' | 'cert' | 'key'>;
  /** Empty when the metadata has none. */
  readonly consumerId: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly cleanSession: boolean;
  /** For the binding: how often an event is retried; undefined means without limit. */
  readonly maxRetries: number | undefined;
  /** For the binding; empty when the metadata has none. */
  readonly topic: string;
}

/** The schemes of upstream's client, translated to those of the driver. */
const schemes: Readonly<Record<string, string>> = {
  'mqtt:': 'mqtt:',
  'tcp:': 'mqtt:',
  'mqtts:': 'mqtts:',
  'ssl:': 'mqtts:',
  'tls:': 'mqtts:',
  'tcps:': 'mqtts:',
  'ws:': 'ws:',
  'wss:': 'wss:',
};

/** Reads the metadata of `pubsub.mqtt3` and `bindings.mqtt3`. Throws an Error that names the entry. */
export function mqttSettings({ metadata }: ComponentContext): MqttSettings {
  const text = metadata['url'] ?? '';
  if (!URL.canParse(text)) throw new TypeError('missing or invalid url: it looks like tcp://localhost:1883');
  const url = new URL(text);
  const scheme = schemes[url.protocol];
  if (scheme === undefined) throw new TypeError(`url begins with ${url.protocol}, which is not a scheme of MQTT`);
  const { username, password, host } = url;
  const { cacert: ca, clientcert: cert, clientkey: key } = metadata;
  if (!cert !== !key) throw new TypeError('clientCert and clientKey must be given both, or neither');
  return {
    url: `${scheme}//${host}${scheme.startsWith('ws') ? url.pathname : ''}`,
    address: host,
    login: {
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    },
    tls: { ...(ca ? { ca } : {}), ...(cert && key ? { cert, key } : {}) },
    consumerId: metadata['consumerid'] ?? '',
    qos: qualityOf(metadata['qos'] ?? ''),
    retain: flag('retain', metadata['retain'] ?? ''),
    cleanSession: flag('cleanSession', metadata['cleansession'] ?? ''),
    maxRetries: retriesOf(metadata['backoffmaxretries'] ?? ''),
    topic: metadata['topic'] ?? '',
  };
}

export function flag(name: string, text: string): boolean {
  const lower = text.trim().toLowerCase();
  if (['', 'false', 'f', '0', 'no', 'n', 'off'].includes(lower)) return false;
  if (['true', 't', '1', 'yes', 'y', 'on'].includes(lower)) return true;
  throw new TypeError(`invalid ${name} ${text}: it is true or false`);
}

function qualityOf(text: string): 0 | 1 | 2 {
  if (text === '' || text === '1') return 1;
  if (text === '0') return 0;
  if (text === '2') return 2;
  throw new TypeError(`invalid qos ${text}: it is 0, 1 or 2`);
}

function retriesOf(text: string): number | undefined {
  if (text === '') return undefined;
  const retries = Number(text);
  if (!Number.isInteger(retries)) throw new TypeError(`invalid backOffMaxRetries ${text}: it is an integer`);
  return retries < 0 ? undefined : retries;
}
