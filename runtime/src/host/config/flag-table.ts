/** `boolean` takes no value unless joined by `=`; `list` may be repeated and may contain commas. */
export type FlagKind = 'text' | 'list' | 'integer' | 'boolean';

export interface FlagRow {
  readonly kind: FlagKind;
  readonly default: string;
  readonly description: string;
  /** Present for a flag that is accepted for existing scripts and has no effect; the reason. */
  readonly noEffectReason?: string;
}

const notSupportedYet = 'not supported yet';
const notNeeded = 'this sidecar does not use this service';

/** Every flag of the reference sidecar. */
export const flagTable: Readonly<Record<string, FlagRow>> = {
  'app-id': { kind: 'text', default: '', description: 'Name of the app, unique in its namespace (required, no dots)' },
  'app-port': { kind: 'text', default: '', description: 'Port the app listens on; absent for an app without a server' },
  'app-protocol': { kind: 'text', default: 'http', description: 'http, https, h2c, grpc or grpcs' },
  'app-channel-address': { kind: 'text', default: '127.0.0.1', description: 'Host the app listens on' },
  'app-max-concurrency': {
    kind: 'integer',
    default: '-1',
    description: 'Maximum concurrent calls into the app; -1 for no limit',
  },
  'dapr-http-port': { kind: 'text', default: '3500', description: 'HTTP API port; 0 takes a free one' },
  'dapr-grpc-port': { kind: 'text', default: '50001', description: 'gRPC API port; 0 takes a free one' },
  'dapr-internal-grpc-port': { kind: 'text', default: '', description: 'Port for other sidecars; absent derives one' },
  'dapr-public-port': { kind: 'text', default: '', description: 'Port with metadata and health only, without token' },
  'dapr-listen-addresses': {
    kind: 'text',
    default: '',
    description: 'Comma-separated addresses of the APIs; absent is all',
  },
  'dapr-internal-grpc-listen-address': {
    kind: 'text',
    default: '127.0.0.1',
    description: 'Address for other sidecars; 0.0.0.0 is all',
  },
  'dapr-public-listen-address': { kind: 'text', default: '', description: 'Address of the public port' },
  'metrics-port': { kind: 'text', default: '9090', description: 'Prometheus port; 0 takes a free one' },
  'metrics-listen-address': { kind: 'text', default: '0.0.0.0', description: 'Address of the metrics port' },
  'enable-metrics': { kind: 'boolean', default: 'true', description: 'Serve metrics' },
  'enable-api-logging': { kind: 'boolean', default: 'false', description: 'Log each API call' },
  'resources-path': { kind: 'list', default: '', description: 'Folder with resource files; repeatable' },
  'components-path': { kind: 'list', default: '', description: 'Deprecated name of --resources-path' },
  config: { kind: 'list', default: '', description: 'Configuration file; repeatable, later ones override' },
  'allowed-origins': { kind: 'text', default: '', description: 'Comma-separated origins for browsers, or *' },
  'max-body-size': { kind: 'text', default: '4Mi', description: 'Maximum size of a request body' },
  'read-buffer-size': { kind: 'text', default: '4Ki', description: 'Maximum size of request headers' },
  'dapr-graceful-shutdown-seconds': {
    kind: 'integer',
    default: '5',
    description: 'Time for running work when stopping',
  },
  'dapr-block-shutdown-duration': {
    kind: 'text',
    default: '',
    description: 'Wait this long, or until the app is unhealthy',
  },
  'enable-app-health-check': { kind: 'boolean', default: 'false', description: 'Probe the app' },
  'app-health-check-path': { kind: 'text', default: '/healthz', description: 'Path of the probe' },
  'app-health-probe-interval': { kind: 'integer', default: '5', description: 'Seconds between probes' },
  'app-health-probe-timeout': { kind: 'integer', default: '500', description: 'Milliseconds a probe may take' },
  'app-health-threshold': { kind: 'integer', default: '3', description: 'Failures in a row until unhealthy' },
  'disable-init-endpoints': {
    kind: 'text',
    default: '',
    description: 'config, subscribe or both: skip these requests to the app',
  },
  'log-level': { kind: 'text', default: 'info', description: 'debug, info, warn, error or fatal' },
  'log-as-json': { kind: 'boolean', default: 'false', description: 'Log lines as JSON' },
  version: { kind: 'boolean', default: 'false', description: 'Print the version and exit' },
  'build-info': { kind: 'boolean', default: 'false', description: 'Print version and commit and exit' },
  wait: {
    kind: 'boolean',
    default: 'false',
    description: 'Wait until the sidecar on --dapr-http-port is up, then exit',
  },
  help: { kind: 'boolean', default: 'false', description: 'Print this list and exit' },
  mode: { kind: 'text', default: 'standalone', description: 'standalone' },
  'placement-host-address': { kind: 'text', default: '', description: 'Any address enables actors' },
  'scheduler-host-address': { kind: 'text', default: '', description: 'Any address enables jobs without a job store' },
  'scheduler-job-streams': { kind: 'integer', default: '3', description: 'Accepted', noEffectReason: notNeeded },
  'actors-disseminate-timeout': {
    kind: 'text',
    default: '30s',
    description: 'Time limit for draining actors that move',
  },
  'actors-service': { kind: 'text', default: '', description: 'Accepted', noEffectReason: notNeeded },
  'reminders-service': { kind: 'text', default: '', description: 'Accepted', noEffectReason: notNeeded },
  'control-plane-address': { kind: 'text', default: '', description: 'Accepted', noEffectReason: notSupportedYet },
  'control-plane-namespace': {
    kind: 'text',
    default: 'default',
    description: 'Accepted',
    noEffectReason: notSupportedYet,
  },
  'control-plane-trust-domain': {
    kind: 'text',
    default: 'localhost',
    description: 'Accepted',
    noEffectReason: notSupportedYet,
  },
  'sentry-address': { kind: 'text', default: '', description: 'Accepted', noEffectReason: notSupportedYet },
  'sentry-request-jwt-audiences': {
    kind: 'list',
    default: '',
    description: 'Accepted',
    noEffectReason: notSupportedYet,
  },
  'enable-mtls': { kind: 'boolean', default: 'false', description: 'Accepted', noEffectReason: notSupportedYet },
  'enable-profiling': {
    kind: 'boolean',
    default: 'false',
    description: 'Accepted',
    noEffectReason: 'start node with --inspect instead',
  },
  'profile-port': {
    kind: 'text',
    default: '7777',
    description: 'Accepted',
    noEffectReason: 'start node with --inspect instead',
  },
  'unix-domain-socket': {
    kind: 'text',
    default: '',
    description: 'Folder for Unix sockets of both APIs, instead of ports',
  },
  'hot-reload-reconcile-interval': {
    kind: 'text',
    default: '0',
    description: 'Interval of reading resources; 0 is 60s',
  },
  'app-binding-options-timeout': {
    kind: 'text',
    default: '3s',
    description: 'Timeout of the request whether the app listens to a binding',
  },
  'disable-builtin-k8s-secret-store': {
    kind: 'boolean',
    default: 'false',
    description: 'Accepted',
    noEffectReason: notSupportedYet,
  },
  'app-ssl': { kind: 'boolean', default: 'false', description: 'Deprecated form of --app-protocol https or grpcs' },
  'dapr-http-max-request-size': {
    kind: 'integer',
    default: '-1',
    description: 'Deprecated form of --max-body-size, in MB',
  },
  'dapr-http-read-buffer-size': {
    kind: 'integer',
    default: '-1',
    description: 'Deprecated form of --read-buffer-size, in KB',
  },
};
