import type { SidecarUnderTest, RunningSidecar } from './sidecar-under-test.ts';
import type { LoadJob, RequestPlan } from './load-job.ts';

export type LoadTarget = Pick<LoadJob, 'protocol' | 'port' | 'requests'>;

/** One kind of call, measured at several numbers of callers. */
export interface LoadRow {
  readonly name: string;
  readonly what: string;
  readonly callers: readonly number[];
  job(candidate: SidecarUnderTest): LoadTarget;
  /** Load that prepares the data. */
  readonly before?: (candidate: SidecarUnderTest) => LoadTarget;
}

const kilobyte = 'x'.repeat(1000);
export const stateKeys = 1024;

/** Stores a value of 1 kB under one key. */
export function setRequest(store: string, keys: number): RequestPlan {
  const body = `[{"key":"{key}","value":{"text":"${kilobyte}"}}]`;
  return { method: 'POST', path: `/v1.0/state/${store}`, body, keys };
}

export function getRequest(store: string, keys: number): RequestPlan {
  return { method: 'GET', path: `/v1.0/state/${store}/{key}`, keys };
}

const echo = `{"text":"${kilobyte}"}`;

const setAll = ({ near }: SidecarUnderTest): LoadTarget => ({
  protocol: 'http',
  port: near.http,
  requests: setRequest('statestore', stateKeys),
});

/** One method of Dapr's gRPC service, with the names of the proto file in its message. */
function rpc(sidecar: RunningSidecar, method: string, message: object): LoadTarget {
  const path = `/dapr.proto.runtime.v1.Dapr/${method}`;
  return {
    protocol: 'grpc',
    port: sidecar.grpc,
    requests: { method: 'POST', path, body: JSON.stringify(message), keys: stateKeys },
  };
}

export const loadRows: readonly LoadRow[] = [
  {
    name: 'set',
    what: 'state set, 1 kB, HTTP',
    callers: [1, 32, 128],
    job: setAll,
  },
  {
    name: 'get',
    before: setAll,
    what: 'state get, 1 kB, HTTP',
    callers: [1, 32, 128],
    job: ({ near }) => ({ protocol: 'http', port: near.http, requests: getRequest('statestore', stateKeys) }),
  },
  {
    name: 'set-grpc',
    what: 'state set, 1 kB, gRPC',
    callers: [1, 32, 128],
    job: ({ near }) =>
      rpc(near, 'SaveState', {
        storeName: 'statestore',
        states: [{ key: '{key}', value: Buffer.from(echo).toString('base64') }],
      }),
  },
  {
    name: 'get-grpc',
    before: setAll,
    what: 'state get, 1 kB, gRPC',
    callers: [1, 32, 128],
    job: ({ near }) => rpc(near, 'GetState', { storeName: 'statestore', key: '{key}' }),
  },
  {
    name: 'invoke',
    what: 'invoke through two sidecars, 1 kB there and back',
    callers: [1, 32, 128],
    job: ({ near }) => ({
      protocol: 'http',
      port: near.http,
      requests: { method: 'POST', path: '/v1.0/invoke/far/method/echo', body: echo, keys: 1 },
    }),
  },
  {
    name: 'actor',
    what: 'actor method through two sidecars, 1,024 actors',
    callers: [1, 32, 128],
    job: ({ near }) => ({
      protocol: 'http',
      port: near.http,
      requests: { method: 'POST', path: '/v1.0/actors/Bench/{key}/method/echo', body: '{"add":1}', keys: stateKeys },
    }),
  },
  {
    name: 'publish',
    what: 'publish to JetStream, 1 kB',
    callers: [1, 32, 128],
    job: ({ near, name }) => ({
      protocol: 'http',
      port: near.http,
      requests: { method: 'POST', path: `/v1.0/publish/pubsub/${name}.out`, body: echo, keys: 1 },
    }),
  },
  {
    name: 'publish-grpc',
    what: 'publish to JetStream, 1 kB, gRPC',
    callers: [1, 32, 128],
    job: ({ near, name }) =>
      rpc(near, 'PublishEvent', {
        pubsubName: 'pubsub',
        topic: `${name}.out`,
        data: Buffer.from(echo).toString('base64'),
        dataContentType: 'application/json',
      }),
  },
];
