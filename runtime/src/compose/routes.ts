import { activityRoutes } from '#api/http/routes/activity.routes.ts';
import { actorRoutes } from '#api/http/routes/actors.routes.ts';
import { bindingsRoutes } from '#api/http/routes/bindings.routes.ts';
import { configurationRoutes } from '#api/http/routes/configuration.routes.ts';
import { conversationRoutes } from '#api/http/routes/conversation.routes.ts';
import { cryptoRoutes } from '#api/http/routes/crypto.routes.ts';
import { jobsRoutes } from '#api/http/routes/jobs.routes.ts';
import { healthRoutes } from '#api/http/routes/health.routes.ts';
import { invokeRoutes } from '#api/http/routes/invoke.routes.ts';
import { lockRoutes } from '#api/http/routes/lock.routes.ts';
import { metadataRoutes } from '#api/http/routes/metadata.routes.ts';
import { publishRoutes } from '#api/http/routes/publish.routes.ts';
import { secretsRoutes } from '#api/http/routes/secrets.routes.ts';
import type { RoutePlugin } from '#api/http/server/router.ts';
import { shutdownRoutes } from '#api/http/routes/shutdown.routes.ts';
import type { Shutdown } from '#api/http/routes/shutdown.routes.ts';
import { stateRoutes } from '#api/http/routes/state.routes.ts';
import { noAppId } from '#blocks/invoke/errors.ts';
import type { MetadataBlock } from '#blocks/metadata/metadata.ts';
import type { Clock } from '#core/clock.ts';
import type { Readiness } from '#core/readiness.ts';
import type { Blocks } from './blocks/blocks.ts';

export interface RouteOptions {
  readonly appId: string;
  readonly blocks: Blocks;
  readonly metadata: MetadataBlock;
  readonly all: Readiness;
  readonly outbound: Readiness;
  readonly shutdown: Shutdown;
  readonly stopping: AbortSignal;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
}

/** Every route of the API port. */
export function apiRoutes(options: RouteOptions): readonly RoutePlugin[] {
  const { blocks, metadata, maxBodyBytes } = options;
  return [
    (app) => stateRoutes(app, blocks.state),
    (app) => publishRoutes(app, blocks.pubsub),
    (app) => actorRoutes(app, blocks.actors),
    secretsRoutes(blocks.secrets),
    (app) => configurationRoutes(app, blocks.configuration),
    (app) => lockRoutes(app, blocks.lock),
    bindingsRoutes(blocks.bindings),
    conversationRoutes(blocks.conversation),
    jobsRoutes(blocks.jobs),
    cryptoRoutes(blocks.crypto, { maxBodyBytes, clock: options.clock }),
    healthRoutes(options),
    metadataRoutes(metadata),
    shutdownRoutes(options.shutdown),
    activityRoutes({ feed: blocks.feed, clock: options.clock, stopping: options.stopping }),
    (app) => invokeRoutes(app, blocks.invoke, { maxBodyBytes, isFallback: true }),
  ];
}

/** The public port serves health and metadata only. */
export function publicRoutes(
  options: Pick<RouteOptions, 'appId' | 'metadata' | 'all' | 'outbound'>,
): readonly RoutePlugin[] {
  return [
    healthRoutes(options),
    metadataRoutes(options.metadata),
    (app) =>
      app.setNotFoundHandler(() => {
        throw noAppId();
      }),
  ];
}
