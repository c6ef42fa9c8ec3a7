/** `notYet` is the reason in a few words. */
export type SurfaceStatus = 'done' | { readonly notYet: string };

export interface SurfaceRoute {
  readonly verbs: readonly string[];
  /** As the router writes it: `:name` is one segment, `*` the rest. */
  readonly path: string;
  /** The operation name where URLs must not be logged, with the parameters that may be: `GetState/:store`. */
  readonly operation: string;
  /** Group and version of the API allow-list. */
  readonly group: string;
  readonly version: 'v1' | 'v1alpha1' | 'v1alpha2' | 'v1beta1';
  readonly status: SurfaceStatus;
}

/** One entry of `spec.api.allowed` or `denied`: a group of one version, for one protocol or both (empty). */
export interface ApiRule {
  readonly name: string;
  readonly version: string;
  readonly protocol: string;
}

export interface ApiRules {
  readonly allowed: readonly ApiRule[];
  readonly denied: readonly ApiRule[];
}

type Verbs = readonly string[];
const get: Verbs = ['GET'];
const post: Verbs = ['POST'];
const put: Verbs = ['PUT'];
const remove: Verbs = ['DELETE'];
const write: Verbs = ['POST', 'PUT'];
/** Invocation accepts any HTTP method. */
export const anyVerb: Verbs = ['*'];

const soon = (what: string): SurfaceStatus => ({ notYet: `${what} are not supported yet` });

/** Verbs, path below the version, operation. */
type Row = readonly [Verbs, string, string];

function v1(group: string, rows: readonly Row[], status: SurfaceStatus = 'done'): SurfaceRoute[] {
  return rows.map(([verbs, path, operation]) => ({
    verbs,
    path: `/v1.0/${path}`,
    operation,
    group,
    version: 'v1',
    status,
  }));
}

function preview(
  version: 'v1alpha1' | 'v1alpha2' | 'v1beta1',
  group: string,
  rows: readonly Row[],
  status: SurfaceStatus,
): SurfaceRoute[] {
  const prefix = `/v1.0-${version.slice(2)}`;
  return rows.map(([verbs, path, operation]) => ({
    verbs,
    path: `${prefix}/${path}`,
    operation,
    group,
    version,
    status,
  }));
}

const configurationRows = [
  [get, 'configuration/:store', 'GetConfiguration/:store'],
  [get, 'configuration/:store/subscribe', 'SubscribeConfiguration/:store'],
  [get, 'configuration/:store/:id/unsubscribe', 'UnsubscribeConfiguration/:store'],
] as const;
const workflowRows = [
  [post, 'workflows/:component/:name/start', 'StartWorkflow/:component'],
  [get, 'workflows/:component/:id', 'GetWorkflow/:component'],
  [post, 'workflows/:component/:id/raiseEvent/:event', 'RaiseEventWorkflow/:component'],
  [post, 'workflows/:component/:id/pause', 'PauseWorkflow/:component'],
  [post, 'workflows/:component/:id/resume', 'ResumeWorkflow/:component'],
  [post, 'workflows/:component/:id/terminate', 'TerminateWorkflow/:component'],
  [post, 'workflows/:component/:id/purge', 'PurgeWorkflow/:component'],
] as const;
const jobRows = [
  [post, 'jobs/:name', 'ScheduleJob'],
  [get, 'jobs/:name', 'GetJob'],
  [remove, 'jobs/:name', 'DeleteJob'],
] as const;

/** Every HTTP route of Dapr's API. A test compares the rows that are done with the server's routes. */
export const httpSurface: readonly SurfaceRoute[] = [
  ...v1('invoke', [[anyVerb, 'invoke/*', 'InvokeService']]),
  ...v1('state', [
    [get, 'state/:store/:key', 'GetState/:store'],
    [write, 'state/:store', 'SaveState/:store'],
    [remove, 'state/:store/:key', 'DeleteState/:store'],
    [write, 'state/:store/bulk', 'GetBulkState/:store'],
    [write, 'state/:store/transaction', 'ExecuteStateTransaction/:store'],
  ]),
  ...preview('v1alpha1', 'state', [[write, 'state/:store/query', 'QueryStateAlpha1/:store']], 'done'),
  ...v1('publish', [
    [write, 'publish/:pubsub/*', 'PublishEvent/:pubsub/*'],
    [write, 'publish/bulk/:pubsub/*', 'BulkPublishEvent/:pubsub/*'],
  ]),
  ...preview('v1alpha1', 'publish', [[write, 'publish/bulk/:pubsub/*', 'BulkPublishEvent/:pubsub/*']], 'done'),
  ...v1('bindings', [[write, 'bindings/:name', 'InvokeBinding/:name']]),
  ...v1('secrets', [
    [get, 'secrets/:store/bulk', 'GetBulkSecret/:store'],
    [get, 'secrets/:store/:key', 'GetSecret/:store'],
  ]),
  ...v1('configuration', configurationRows),
  ...preview('v1alpha1', 'configuration', configurationRows, 'done'),
  ...v1('actors', [
    [['GET', 'POST', 'PUT', 'DELETE'], 'actors/:type/:id/method/:method', 'InvokeActor/:type'],
    [get, 'actors/:type/:id/state/:key', 'GetActorState/:type'],
    [write, 'actors/:type/:id/state', 'ExecuteActorStateTransaction/:type'],
    [write, 'actors/:type/:id/reminders/:name', 'RegisterActorReminder/:type'],
    [get, 'actors/:type/:id/reminders/:name', 'GetActorReminder/:type'],
    [remove, 'actors/:type/:id/reminders/:name', 'UnregisterActorReminder/:type'],
    [write, 'actors/:type/:id/timers/:name', 'RegisterActorTimer/:type'],
    [remove, 'actors/:type/:id/timers/:name', 'UnregisterActorTimer/:type'],
  ]),
  ...preview('v1alpha1', 'lock', [[post, 'lock/:store', 'TryLock/:store']], 'done'),
  ...preview('v1alpha1', 'unlock', [[post, 'unlock/:store', 'Unlock/:store']], 'done'),
  ...preview(
    'v1alpha1',
    'crypto',
    [
      [put, 'crypto/:component/encrypt', 'Encrypt/:component'],
      [put, 'crypto/:component/decrypt', 'Decrypt/:component'],
    ],
    'done',
  ),
  ...preview(
    'v1alpha1',
    'subtlecrypto',
    ['GetKey', 'Encrypt', 'Decrypt', 'WrapKey', 'UnwrapKey', 'Sign', 'Verify'].map(
      (name) => [post, `subtlecrypto/:component/${name.toLowerCase()}`, `Subtle${name}/:component`] as const,
    ),
    // they return 501, as the reference's ordinary builds do
    'done',
  ),
  ...v1('workflows', workflowRows, soon('workflows')),
  ...preview('v1beta1', 'workflows', workflowRows, soon('workflows')),
  ...preview('v1alpha1', 'workflows', workflowRows, soon('workflows')),
  ...v1('jobs', jobRows),
  ...preview('v1alpha1', 'jobs', jobRows, 'done'),
  ...preview('v1alpha1', 'conversation', [[post, 'conversation/:name/converse', 'Converse/:name']], 'done'),
  ...preview('v1alpha2', 'conversation', [[post, 'conversation/:name/converse', 'Converse/:name']], 'done'),
  ...v1('metadata', [
    [get, 'metadata', 'GetMetadata'],
    [put, 'metadata/:key', 'PutMetadata'],
  ]),
  ...v1('healthz', [
    [get, 'healthz', 'Healthz'],
    [get, 'healthz/outbound', 'HealthzOutbound'],
  ]),
  ...v1('shutdown', [[post, 'shutdown', 'Shutdown']]),
];

/** This sidecar's extensions to Dapr's API, under their own prefix. */
export const extensionRoutes: readonly Pick<SurfaceRoute, 'verbs' | 'path' | 'operation'>[] = [
  { verbs: get, path: '/v1.0-outrigger/activities', operation: 'ListActivities' },
  { verbs: get, path: '/v1.0-outrigger/activities/stream', operation: 'StreamActivities' },
  { verbs: post, path: '/v1.0-outrigger/actors/:type/:id/turn', operation: 'CommitActorTurn/:type' },
];

export interface SurfaceRpc {
  /** Group and version of the API allow-list. */
  readonly group: string;
  readonly version: SurfaceRoute['version'];
  readonly status: SurfaceStatus;
}

function rpcs(group: string, version: SurfaceRpc['version'], names: string, status: SurfaceStatus = 'done') {
  return Object.fromEntries(names.split(' ').map((name): [string, SurfaceRpc] => [name, { group, version, status }]));
}

/** The RPCs of workflows end in their version. */
const workflowRpcs = (version: 'Alpha1' | 'Beta1'): string =>
  'Start Get Purge Terminate Pause Resume RaiseEvent'.replaceAll(/\w+/g, `$&Workflow${version}`);

/** Every RPC of the `Dapr` service. A test compares the rows that are done with the server's methods. */
export const grpcSurface: Readonly<Record<string, SurfaceRpc>> = {
  ...rpcs('invoke', 'v1', 'InvokeService'),
  ...rpcs('state', 'v1', 'GetState GetBulkState SaveState DeleteState DeleteBulkState ExecuteStateTransaction'),
  ...rpcs('state', 'v1alpha1', 'QueryStateAlpha1'),
  ...rpcs('publish', 'v1', 'PublishEvent BulkPublishEvent'),
  ...rpcs('publish', 'v1alpha1', 'BulkPublishEventAlpha1'),
  ...rpcs('subscribe', 'v1alpha1', 'SubscribeTopicEventsAlpha1'),
  ...rpcs('bindings', 'v1', 'InvokeBinding'),
  ...rpcs('secrets', 'v1', 'GetSecret GetBulkSecret'),
  ...rpcs('configuration', 'v1', 'GetConfiguration SubscribeConfiguration UnsubscribeConfiguration'),
  ...rpcs(
    'configuration',
    'v1alpha1',
    'GetConfigurationAlpha1 SubscribeConfigurationAlpha1 UnsubscribeConfigurationAlpha1',
  ),
  ...rpcs('lock', 'v1alpha1', 'TryLockAlpha1'),
  ...rpcs('unlock', 'v1alpha1', 'UnlockAlpha1'),
  ...rpcs('crypto', 'v1alpha1', 'EncryptAlpha1 DecryptAlpha1'),
  ...rpcs(
    'subtlecrypto',
    'v1alpha1',
    'GetKey Encrypt Decrypt WrapKey UnwrapKey Sign Verify'.replaceAll(/\w+/g, 'Subtle$&Alpha1'),
    { notYet: 'they are not implemented in ordinary builds of the reference either' },
  ),
  ...rpcs('actors', 'v1', 'InvokeActor GetActorState ExecuteActorStateTransaction'),
  ...rpcs('actors', 'v1', 'RegisterActorTimer UnregisterActorTimer'),
  ...rpcs('actors', 'v1', 'RegisterActorReminder UnregisterActorReminder GetActorReminder'),
  ...rpcs('actors', 'v1', 'ListActorReminders UnregisterActorRemindersByType'),
  ...rpcs('actors', 'v1alpha1', 'SubscribeActorEventsAlpha1'),
  ...rpcs('workflows', 'v1beta1', workflowRpcs('Beta1'), soon('workflows')),
  ...rpcs('workflows', 'v1alpha1', workflowRpcs('Alpha1'), soon('workflows')),
  ...rpcs('jobs', 'v1', 'ScheduleJob GetJob DeleteJob ListJobs DeleteJobsByPrefix'),
  ...rpcs('jobs', 'v1alpha1', 'ScheduleJobAlpha1 GetJobAlpha1 DeleteJobAlpha1 ListJobsAlpha1 DeleteJobsByPrefixAlpha1'),
  ...rpcs('conversation', 'v1alpha1', 'ConverseAlpha1'),
  ...rpcs('conversation', 'v1alpha2', 'ConverseAlpha2'),
  ...rpcs('metadata', 'v1', 'GetMetadata SetMetadata'),
  ...rpcs('shutdown', 'v1', 'Shutdown'),
};
