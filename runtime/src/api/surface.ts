/** `not yet` says why in a few words. */
export type SurfaceStatus = 'done' | { readonly notYet: string };

export interface SurfaceRoute {
  readonly verbs: readonly string[];
  /** As the router writes it: `:name` is one segment, `*` the rest. */
  readonly path: string;
  /** Group and version of the API allow-list. */
  readonly group: string;
  readonly version: 'v1' | 'v1alpha1' | 'v1alpha2' | 'v1beta1';
  readonly status: SurfaceStatus;
}

type Verbs = readonly string[];
const get: Verbs = ['GET'];
const post: Verbs = ['POST'];
const put: Verbs = ['PUT'];
const remove: Verbs = ['DELETE'];
const write: Verbs = ['POST', 'PUT'];
/** Invocation takes whatever verb HTTP has. */
export const anyVerb: Verbs = ['*'];

const soon = (what: string): SurfaceStatus => ({ notYet: `${what} are not built yet` });

function v1(
  group: string,
  rows: readonly (readonly [Verbs, string])[],
  status: SurfaceStatus = 'done',
): SurfaceRoute[] {
  return rows.map(([verbs, path]) => ({ verbs, path: `/v1.0/${path}`, group, version: 'v1', status }));
}

function preview(
  version: 'v1alpha1' | 'v1alpha2' | 'v1beta1',
  group: string,
  rows: readonly (readonly [Verbs, string])[],
  status: SurfaceStatus,
): SurfaceRoute[] {
  const prefix = `/v1.0-${version.slice(2)}`;
  return rows.map(([verbs, path]) => ({ verbs, path: `${prefix}/${path}`, group, version, status }));
}

const configurationRows = [
  [get, 'configuration/:store'],
  [get, 'configuration/:store/subscribe'],
  [get, 'configuration/:store/:id/unsubscribe'],
] as const;
const workflowRows = [
  [post, 'workflows/:component/:name/start'],
  [get, 'workflows/:component/:id'],
  [post, 'workflows/:component/:id/raiseEvent/:event'],
  [post, 'workflows/:component/:id/pause'],
  [post, 'workflows/:component/:id/resume'],
  [post, 'workflows/:component/:id/terminate'],
  [post, 'workflows/:component/:id/purge'],
] as const;
const jobRows = [
  [post, 'jobs/:name'],
  [get, 'jobs/:name'],
  [remove, 'jobs/:name'],
] as const;

/** Every HTTP route of the wire. A test compares the rows that are done with what the server really has. */
export const httpSurface: readonly SurfaceRoute[] = [
  ...v1('invoke', [[anyVerb, 'invoke/*']]),
  ...v1('state', [
    [get, 'state/:store/:key'],
    [write, 'state/:store'],
    [remove, 'state/:store/:key'],
    [write, 'state/:store/bulk'],
    [write, 'state/:store/transaction'],
  ]),
  ...preview('v1alpha1', 'state', [[write, 'state/:store/query']], 'done'),
  ...v1('publish', [
    [write, 'publish/:pubsub/*'],
    [write, 'publish/bulk/:pubsub/*'],
  ]),
  ...preview('v1alpha1', 'publish', [[write, 'publish/bulk/:pubsub/*']], 'done'),
  ...v1('bindings', [[write, 'bindings/:name']], soon('bindings')),
  ...v1('secrets', [
    [get, 'secrets/:store/bulk'],
    [get, 'secrets/:store/:key'],
  ]),
  ...v1('configuration', configurationRows, soon('configuration stores')),
  ...preview('v1alpha1', 'configuration', configurationRows, soon('configuration stores')),
  ...v1('actors', [
    [['GET', 'POST', 'PUT', 'DELETE'], 'actors/:type/:id/method/:method'],
    [get, 'actors/:type/:id/state/:key'],
    [write, 'actors/:type/:id/state'],
    [write, 'actors/:type/:id/reminders/:name'],
    [get, 'actors/:type/:id/reminders/:name'],
    [remove, 'actors/:type/:id/reminders/:name'],
    [write, 'actors/:type/:id/timers/:name'],
    [remove, 'actors/:type/:id/timers/:name'],
  ]),
  ...preview('v1alpha1', 'lock', [[post, 'lock/:store']], soon('locks')),
  ...preview('v1alpha1', 'unlock', [[post, 'unlock/:store']], soon('locks')),
  ...preview(
    'v1alpha1',
    'crypto',
    [
      [put, 'crypto/:component/encrypt'],
      [put, 'crypto/:component/decrypt'],
    ],
    soon('key vaults'),
  ),
  ...preview(
    'v1alpha1',
    'subtlecrypto',
    ['getkey', 'encrypt', 'decrypt', 'wrapkey', 'unwrapkey', 'sign', 'verify'].map(
      (operation) => [post, `subtlecrypto/:component/${operation}`] as const,
    ),
    soon('key vaults'),
  ),
  ...v1('workflows', workflowRows, soon('workflows')),
  ...preview('v1beta1', 'workflows', workflowRows, soon('workflows')),
  ...preview('v1alpha1', 'workflows', workflowRows, soon('workflows')),
  ...v1('jobs', jobRows, soon('jobs')),
  ...preview('v1alpha1', 'jobs', jobRows, soon('jobs')),
  ...preview('v1alpha1', 'conversation', [[post, 'conversation/:name/converse']], soon('conversations')),
  ...preview('v1alpha2', 'conversation', [[post, 'conversation/:name/converse']], soon('conversations')),
  ...v1('metadata', [
    [get, 'metadata'],
    [put, 'metadata/:key'],
  ]),
  ...v1('healthz', [
    [get, 'healthz'],
    [get, 'healthz/outbound'],
  ]),
  ...v1('shutdown', [[post, 'shutdown']]),
];

/** What this sidecar adds to the wire, under names of its own. */
export const ownRoutes: readonly { readonly verbs: Verbs; readonly path: string }[] = [
  { verbs: get, path: '/v1.0-outrigger/activities' },
  { verbs: get, path: '/v1.0-outrigger/activities/stream' },
  { verbs: post, path: '/v1.0-outrigger/actors/:type/:id/turn' },
];

const waiting = (what: string, names: string): Record<string, SurfaceStatus> =>
  Object.fromEntries(names.split(' ').map((name) => [name, soon(what)]));

/** Every RPC of the `Dapr` service. The gRPC door marks what it has. */
export const grpcSurface: Readonly<Record<string, SurfaceStatus>> = {
  ...waiting('these RPCs', 'InvokeService GetState GetBulkState SaveState DeleteState ExecuteStateTransaction'),
  ...waiting('these RPCs', 'DeleteBulkState QueryStateAlpha1 PublishEvent BulkPublishEvent BulkPublishEventAlpha1'),
  ...waiting('streaming subscriptions', 'SubscribeTopicEventsAlpha1'),
  ...waiting('bindings', 'InvokeBinding'),
  ...waiting('these RPCs', 'GetSecret GetBulkSecret GetMetadata SetMetadata Shutdown'),
  ...waiting('configuration stores', 'GetConfiguration SubscribeConfiguration UnsubscribeConfiguration'),
  ...waiting(
    'configuration stores',
    'GetConfigurationAlpha1 SubscribeConfigurationAlpha1 UnsubscribeConfigurationAlpha1',
  ),
  ...waiting('locks', 'TryLockAlpha1 UnlockAlpha1'),
  ...waiting('key vaults', 'EncryptAlpha1 DecryptAlpha1 SubtleGetKeyAlpha1 SubtleEncryptAlpha1 SubtleDecryptAlpha1'),
  ...waiting('key vaults', 'SubtleWrapKeyAlpha1 SubtleUnwrapKeyAlpha1 SubtleSignAlpha1 SubtleVerifyAlpha1'),
  ...waiting('these RPCs', 'RegisterActorTimer UnregisterActorTimer RegisterActorReminder UnregisterActorReminder'),
  ...waiting(
    'these RPCs',
    'GetActorState ExecuteActorStateTransaction InvokeActor GetActorReminder ListActorReminders',
  ),
  ...waiting('these RPCs', 'UnregisterActorRemindersByType SubscribeActorEventsAlpha1'),
  ...waiting('workflows', 'StartWorkflowBeta1 GetWorkflowBeta1 PurgeWorkflowBeta1 TerminateWorkflowBeta1'),
  ...waiting('workflows', 'PauseWorkflowBeta1 ResumeWorkflowBeta1 RaiseEventWorkflowBeta1'),
  ...waiting('workflows', 'StartWorkflowAlpha1 GetWorkflowAlpha1 PurgeWorkflowAlpha1 TerminateWorkflowAlpha1'),
  ...waiting('workflows', 'PauseWorkflowAlpha1 ResumeWorkflowAlpha1 RaiseEventWorkflowAlpha1'),
  ...waiting('jobs', 'ScheduleJob GetJob DeleteJob ScheduleJobAlpha1 GetJobAlpha1 DeleteJobAlpha1'),
  ...waiting('jobs', 'ListJobs ListJobsAlpha1 DeleteJobsByPrefix DeleteJobsByPrefixAlpha1'),
  ...waiting('conversations', 'ConverseAlpha1 ConverseAlpha2'),
};
