import type { FastifyInstance } from 'fastify';
import { checkCommonSettings } from './common-settings.ts';
import { processMemory, releaseIdleMemory } from './idle-memory.ts';
import { processContext } from './process-context.ts';
import type { ProcessContextOptions } from './process-context.ts';
import { serviceApp } from './service-app.ts';
import type { ServiceParts } from './service-app.ts';
import { ConfigurationError, configurationExitCode } from './service-context.ts';
import type { ServiceContext } from './service-context.ts';
import { shutdownOnSignal } from './shutdown.ts';

export interface Service extends ServiceContext {
  readonly app: FastifyInstance;
  readonly url: string;
  close(): Promise<void>;
}

export interface ServiceOptions extends ProcessContextOptions {
  readonly name: string;
  /** False in tests: do not listen for signals or watch the parent. */
  readonly isProcess?: boolean;
  readonly build: (context: ServiceContext) => ServiceParts | Promise<ServiceParts>;
}

/**
 * Starts a service: reads `APP_PORT`, `HOST`, `DAPR_HTTP_PORT`, `DAPR_API_TOKEN` and `LOG_LEVEL`, listens, and stops within
 * 5 s on SIGTERM or SIGINT, or when its parent has ended and `OUTRIGGER_EXIT_WITH_PARENT` is 1. It does not wait for its
 * sidecar: either may come first.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, build, isProcess = true } = options;
  const context = processContext(name, options);
  const { env, log } = context;
  const shutdown = isProcess ? shutdownOnSignal(context) : undefined;
  try {
    checkCommonSettings(env);
    const parts = await build(context);
    const app = serviceApp(context, parts, { checksResponses: false });
    const close = (): Promise<void> => closeService(context, app, parts);
    shutdown?.onShutdown(close);
    const port = Number(env.optional('APP_PORT') ?? 0);
    const url = await app.listen({ port, host: env.optional('HOST') ?? '127.0.0.1' });
    log.info({ url }, 'listening');
    if (isProcess) releaseIdleMemory(context.clock, processMemory());
    return { ...context, app, url, close };
  } catch (error) {
    if (!isProcess) throw error;
    log.error({ error }, 'could not start');
    process.exit(error instanceof ConfigurationError ? configurationExitCode : 1);
  }
}

const drainMs = 2_000;

async function closeService(
  { client, clock }: ServiceContext,
  app: FastifyInstance,
  parts: ServiceParts,
): Promise<void> {
  // Streams to browsers do not end; requests get a moment to finish.
  const cancel = clock.after(drainMs, () => app.server.closeAllConnections());
  await app.close();
  cancel();
  for (const part of [...(parts.closing ?? [])].reverse()) await part.close();
  await client.close();
}
