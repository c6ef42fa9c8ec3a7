/** The names of the components and apps of the sidecar under attack. */
export const names = {
  app: 'attacked',
  state: 'statestore',
  otherState: 'ledger',
  pubsub: 'pubsub',
  secrets: 'secrets',
  lock: 'lock',
  configuration: 'configuration',
  crypto: 'vault',
  conversation: 'echo',
  binding: 'files',
  actorType: 'Target',
  topic: 'targets',
} as const;

const parameters: Readonly<Record<string, readonly string[]>> = {
  ':key': ['k1', 'k2', 'TARGET_SECRET'],
  ':pubsub': [names.pubsub],
  ':type': [names.actorType, names.actorType, 'dapr.internal.x', 'Stranger'],
  ':id': ['1', '2', '3'],
  ':method': ['greet', 'fail'],
  ':event': ['e'],
};

/** Values for one parameter of a path, such as `:store` of `/v1.0/state/:store`. */
export function validNames(path: string, parameter: string): readonly string[] {
  if (parameter === '*')
    return path.includes('/invoke/') ? [`${names.app}/method/hello`, 'unknown/method/x', names.app] : [names.topic];
  const area = path.split('/')[2] ?? '';
  if (parameter === ':name' && area === 'bindings') return [names.binding];
  if (parameter === ':name' && area === 'conversation') return [names.conversation];
  if (parameter === ':name') return ['n1', 'n2'];
  if (parameter === ':component' && area === 'workflows') return ['dapr'];
  if (parameter === ':component') return [names.crypto];
  if (parameter === ':store') return storesOf(area);
  return parameters[parameter] ?? ['x'];
}

function storesOf(area: string): readonly string[] {
  if (area === 'secrets') return [names.secrets];
  if (area === 'configuration') return [names.configuration];
  return area === 'lock' || area === 'unlock' ? [names.lock] : [names.state, names.state, names.otherState];
}

const item = {
  key: 'k1',
  value: { text: 'x', n: 1 },
  etag: '1',
  metadata: { ttlInSeconds: '60' },
  options: { concurrency: 'first-write', consistency: 'strong' },
};
const schedule = { dueTime: '1h', period: 'R5/PT1H', ttl: '2h', data: { n: 1 } };
const operations = [
  { operation: 'upsert', request: { key: 'k1', value: { n: 1 }, metadata: { ttlInSeconds: '60' } } },
  { operation: 'delete', request: { key: 'k2' } },
];
const event = {
  specversion: '1.0',
  id: '1',
  source: 's',
  type: 't',
  datacontenttype: 'application/json',
  data: { n: 1 },
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  time: '2026-01-01T00:00:00Z',
};

const bodies: readonly (readonly [path: RegExp, bodies: readonly unknown[]])[] = [
  [/\/turn$/, [{ operations, reminders: [{ operation: 'set', name: 'r', ...schedule }], events: [turnEvent()] }]],
  [/\/actors\/.*\/state/, [operations]],
  [/\/reminders\//, [{ ...schedule, overwrite: true, failurePolicy: { constant: { interval: '1s', maxRetries: 3 } } }]],
  [/\/timers\//, [{ ...schedule, callback: 'tick' }]],
  [/\/state\/:store\/bulk/, [{ keys: ['k1', 'k2'], parallelism: 2, metadata: { a: 'b' } }]],
  [/\/transaction$/, [{ operations, metadata: { a: 'b' } }]],
  [/\/query$/, [{ filter: { EQ: { a: 1 } }, sort: [{ key: 'a', order: 'DESC' }], page: { limit: 1, token: '1' } }]],
  [/\/state\//, [[item, { key: 'k2', value: 'x' }]]],
  [
    /\/publish\/bulk\//,
    [[{ entryId: '1', event: { n: 1 }, contentType: 'application/json', metadata: { ttlInSeconds: '5' } }]],
  ],
  [/\/publish\//, [event, { n: 1 }]],
  [
    /\/bindings\//,
    ['create', 'get', 'list', 'delete'].map((operation) => ({
      operation,
      data: { n: 1 },
      metadata: { fileName: 'f.txt' },
    })),
  ],
  [/lock\//, [{ resourceId: 'r1', lockOwner: 'me', expiryInSeconds: 5 }]],
  [
    /\/jobs\//,
    [{ schedule: '@every 1h', repeats: 2, dueTime: '1h', ttl: '2h', data: { n: 1 }, failurePolicy: { drop: {} } }],
  ],
  [
    /alpha2\/conversation/,
    [{ inputs: [{ messages: [{ ofUser: { content: [{ text: 'hi' }] } }] }], tools: [], temperature: 1 }],
  ],
  [/\/conversation\//, [{ inputs: [{ content: 'hi', role: 'user', scrubPII: true }], parameters: {}, temperature: 1 }]],
  [/\/subtlecrypto\//, [{ name: 'key', keyName: 'key', algorithm: 'RS256', plaintext: 'eA==', digest: 'eA==' }]],
];

function turnEvent(): unknown {
  return {
    pubsubName: names.pubsub,
    topic: names.topic,
    contentType: 'application/json',
    data: { n: 1 },
    metadata: { a: 'b' },
  };
}

/** Bodies that the route accepts. */
export function validBodies(path: string): readonly unknown[] {
  return bodies.find(([pattern]) => pattern.test(path))?.[1] ?? [{ any: 'thing' }];
}
