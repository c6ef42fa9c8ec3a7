/** `switch` takes no value unless joined by `=`; `list` may be repeated and may hold commas. */
export type FlagKind = 'text' | 'list' | 'whole' | 'switch';

export interface FlagRow {
  readonly kind: FlagKind;
  readonly default: string;
  readonly about: string;
  /** Present when the flag is accepted for the sake of existing scripts and does nothing here; says why. */
  readonly idle?: string;
}

const later = 'not built yet';
const notNeeded = 'this sidecar needs no such service';

/** Every flag of the reference sidecar. */
export const flagTable: Readonly<Record<string, FlagRow>> = {
  'app-id': { kind: 'text', default: '', about: 'Name of the app, unique in its namespace (required, no dots)' },
  'app-port': { kind: 'text', default: '', about: 'Port the app listens on; absent for an app that only calls' },
  'app-protocol': { kind: 'text', default: 'http', about: 'http, https, h2c, grpc or grpcs' },
  'app-channel-address': { kind: 'text', default: '127.0.0.1', about: 'Host the app listens on' },
  'app-max-concurrency': {
    kind: 'whole',
    default: '-1',
    about: 'Most calls into the app at one time; -1 for no limit',
  },
  'dapr-http-port': { kind: 'text', default: '3500', about: 'HTTP API port; 0 takes a free one' },
  'dapr-grpc-port': { kind: 'text', default: '50001', about: 'gRPC API port; 0 takes a free one' },
  'dapr-internal-grpc-port': { kind: 'text', default: '', about: 'Port for other sidecars; absent derives one' },
  'dapr-public-port': { kind: 'text', default: '', about: 'Port with metadata and health only, without token' },
  'dapr-listen-addresses': { kind: 'text', default: '', about: 'Comma-separated addresses of the APIs; absent is all' },
  'dapr-internal-grpc-listen-address': {
    kind: 'text',
    default: '127.0.0.1',
    about: 'Address for other sidecars; 0.0.0.0 is all',
  },
  'dapr-public-listen-address': { kind: 'text', default: '', about: 'Address of the public port' },
  'metrics-port': { kind: 'text', default: '9090', about: 'Prometheus port; 0 takes a free one' },
  'metrics-listen-address': { kind: 'text', default: '0.0.0.0', about: 'Address of the metrics port' },
  'enable-metrics': { kind: 'switch', default: 'true', about: 'Serve metrics' },
  'enable-api-logging': { kind: 'switch', default: 'false', about: 'Log each API call' },
  'resources-path': { kind: 'list', default: '', about: 'Folder with resource files; repeatable' },
  'components-path': { kind: 'list', default: '', about: 'The older name of --resources-path' },
  config: { kind: 'list', default: '', about: 'Configuration file; repeatable, later ones override' },
  'allowed-origins': { kind: 'text', default: '', about: 'Comma-separated origins for browsers, or *' },
  'max-body-size': { kind: 'text', default: '4Mi', about: 'Longest request body' },
  'read-buffer-size': { kind: 'text', default: '4Ki', about: 'Longest request head' },
  'dapr-graceful-shutdown-seconds': { kind: 'whole', default: '5', about: 'Time for work under way when stopping' },
  'dapr-block-shutdown-duration': { kind: 'text', default: '', about: 'Wait this long, or until the app is unhealthy' },
  'enable-app-health-check': { kind: 'switch', default: 'false', about: 'Probe the app' },
  'app-health-check-path': { kind: 'text', default: '/healthz', about: 'Path of the probe' },
  'app-health-probe-interval': { kind: 'whole', default: '5', about: 'Seconds between probes' },
  'app-health-probe-timeout': { kind: 'whole', default: '500', about: 'Milliseconds a probe may take' },
  'app-health-threshold': { kind: 'whole', default: '3', about: 'Failures in a row until unhealthy' },
  'disable-init-endpoints': { kind: 'text', default: '', about: 'config, subscribe or both: do not ask the app' },
  'log-level': { kind: 'text', default: 'info', about: 'debug, info, warn, error or fatal' },
  'log-as-json': { kind: 'switch', default: 'false', about: 'Log lines as JSON' },
  version: { kind: 'switch', default: 'false', about: 'Print the version and exit' },
  'build-info': { kind: 'switch', default: 'false', about: 'Print version and commit and exit' },
  wait: { kind: 'switch', default: 'false', about: 'Wait until the sidecar on --dapr-http-port is up, then exit' },
  help: { kind: 'switch', default: 'false', about: 'Print this list and exit' },
  mode: { kind: 'text', default: 'standalone', about: 'standalone' },
  'placement-host-address': { kind: 'text', default: '', about: 'Any address: actors are asked for' },
  'scheduler-host-address': { kind: 'text', default: '', about: 'Any address: jobs without a store for them' },
  'scheduler-job-streams': { kind: 'whole', default: '3', about: 'Accepted', idle: notNeeded },
  'actors-disseminate-timeout': { kind: 'text', default: '30s', about: 'Limit of drains of actors that move' },
  'actors-service': { kind: 'text', default: '', about: 'Accepted', idle: notNeeded },
  'reminders-service': { kind: 'text', default: '', about: 'Accepted', idle: notNeeded },
  'control-plane-address': { kind: 'text', default: '', about: 'Accepted', idle: later },
  'control-plane-namespace': { kind: 'text', default: 'default', about: 'Accepted', idle: later },
  'control-plane-trust-domain': { kind: 'text', default: 'localhost', about: 'Accepted', idle: later },
  'sentry-address': { kind: 'text', default: '', about: 'Accepted', idle: later },
  'sentry-request-jwt-audiences': { kind: 'list', default: '', about: 'Accepted', idle: later },
  'enable-mtls': { kind: 'switch', default: 'false', about: 'Accepted', idle: later },
  'enable-profiling': {
    kind: 'switch',
    default: 'false',
    about: 'Accepted',
    idle: 'start node with --inspect instead',
  },
  'profile-port': { kind: 'text', default: '7777', about: 'Accepted', idle: 'start node with --inspect instead' },
  'unix-domain-socket': { kind: 'text', default: '', about: 'Folder for Unix sockets of both APIs, instead of ports' },
  'hot-reload-reconcile-interval': { kind: 'text', default: '0', about: 'Read resources anew this often; 0 is 60s' },
  'app-binding-options-timeout': { kind: 'text', default: '3s', about: 'Time to say whether it hears a binding' },
  'disable-builtin-k8s-secret-store': { kind: 'switch', default: 'false', about: 'Accepted', idle: later },
  'app-ssl': { kind: 'switch', default: 'false', about: 'The older form of --app-protocol https or grpcs' },
  'dapr-http-max-request-size': { kind: 'whole', default: '-1', about: 'The older form of --max-body-size, in MB' },
  'dapr-http-read-buffer-size': { kind: 'whole', default: '-1', about: 'The older form of --read-buffer-size, in KB' },
};
