import { daprClient } from '@outrigger/sdk';
import type { DaprClient } from '@outrigger/sdk';
import { jsonLog } from './log.ts';
import { metricsOf } from './metrics.ts';
import { environment, systemClock, systemRandom } from './service-context.ts';
import type { ServiceContext } from './service-context.ts';

export interface ProcessContextOptions {
  /** The process's own when absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A fake in tests. */
  readonly client?: DaprClient;
}

/** The real dependencies of a program: its environment, the system's clock and random source, and its sidecar. */
export function processContext(name: string, options: ProcessContextOptions = {}): ServiceContext {
  const env = environment(options.env ?? process.env);
  const client = options.client ?? clientOf(env);
  const log = jsonLog({
    app: name,
    level: env.optional('LOG_LEVEL'),
    now: () => systemClock.now(),
    traceId: () => client.context.traceId(),
  });
  return {
    name,
    env,
    client,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics: metricsOf(name, { isProcess: true }),
  };
}

const clientOf = (env: ServiceContext['env']): DaprClient =>
  daprClient({
    endpoint: env.optional('DAPR_HTTP_ENDPOINT'),
    httpPort: Number(env.optional('DAPR_HTTP_PORT') ?? 3500),
    apiToken: env.optional('DAPR_API_TOKEN'),
    clock: systemClock,
  });
