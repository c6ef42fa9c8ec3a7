import type { IClientOptions } from 'mqtt';
import { type SettingsReader, settingsReader } from '#core/component-settings.ts';
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

const qualities = { '0': 0, '1': 1, '2': 2 } as const;

/** Reads the metadata of `pubsub.mqtt3` and `bindings.mqtt3`. Throws `componentSettingInvalid`. */
export function mqttSettings(context: Pick<ComponentContext, 'metadata' | 'name'>): MqttSettings {
  const read = settingsReader(context);
  const ca = read.text('caCert');
  const certificate = read.pair('clientCert', 'clientKey');
  return {
    ...brokerOf(read),
    tls: { ...(ca ? { ca } : {}), ...(certificate ? { cert: certificate[0], key: certificate[1] } : {}) },
    consumerId: read.text('consumerID'),
    qos: qualities[read.oneOf('qos', ['0', '1', '2'], '1')],
    retain: read.boolean('retain', false),
    cleanSession: read.boolean('cleanSession', false),
    maxRetries: retriesOf(read),
    topic: read.text('topic'),
  };
}

/** The URL can contain a password, so errors do not show it. */
function brokerOf(read: SettingsReader): Pick<MqttSettings, 'url' | 'address' | 'login'> {
  const text = read.secret('url');
  if (text === '') throw read.missing('url', 'such as tcp://localhost:1883');
  const url = URL.parse(text);
  const scheme = schemes[url?.protocol ?? ''];
  if (!url || scheme === undefined)
    throw read.invalid('url', `a URL such as tcp://localhost:1883, with one of ${Object.keys(schemes).join(' ')}`);
  const { username, password, host } = url;
  return {
    url: `${scheme}//${host}${scheme.startsWith('ws') ? url.pathname : ''}`,
    address: host,
    login: {
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    },
  };
}

function retriesOf(read: SettingsReader): number | undefined {
  const retries = read.integer('backOffMaxRetries', -1);
  return retries < 0 ? undefined : retries;
}
