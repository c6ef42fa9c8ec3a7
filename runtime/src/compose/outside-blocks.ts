import type { BindingsBlock } from '#blocks/bindings/bindings.ts';
import { bindingsBlock } from '#blocks/bindings/bindings.ts';
import { inputBindings } from '#blocks/bindings/input-bindings.ts';
import type { ConversationBlock } from '#blocks/conversation/conversation.ts';
import { conversationBlock } from '#blocks/conversation/conversation.ts';
import type { CryptoBlock } from '#blocks/crypto/crypto.ts';
import { cryptoBlock } from '#blocks/crypto/crypto.ts';
import { isJobCapable } from '#blocks/jobs/job-capable.ts';
import { jobRunner } from '#blocks/jobs/job-runner.ts';
import type { JobStore } from '#blocks/jobs/job-store.ts';
import type { JobsBlock } from '#blocks/jobs/jobs.ts';
import { jobsBlock } from '#blocks/jobs/jobs.ts';
import type { StateBlock } from '#blocks/state/state.ts';
import { readSchedule } from '#components/cron/schedule.ts';
import { memoryJobStore } from '#components/memory/job-store.ts';
import { resilientBindingApp } from '#resilience/resilient-binding-app.ts';
import { bindingAppFor, jobAppFor } from './app-protocol.ts';
import type { BlockOptions } from './blocks.ts';

/** Work that runs only while the app is up. */
export interface AppWorker {
  start(): Promise<void>;
  /** Accepts no new work and waits for running work, at most `drainMs`. */
  stop(drainMs: number): Promise<void>;
}

/** The blocks for external systems, keys and language models. */
export interface OutsideBlocks {
  readonly bindings: BindingsBlock;
  readonly conversation: ConversationBlock;
  readonly crypto: CryptoBlock;
  readonly jobs: JobsBlock;
  /** In start order. */
  readonly appWorkers: readonly AppWorker[];
  /** Starts new input bindings, and stops removed ones. */
  refreshBindings(drainMs: number): Promise<void>;
  closeJobs(): Promise<void>;
}

export function outsideBlocks(options: BlockOptions, state: StateBlock): OutsideBlocks {
  const { components, channel, config, newCall, dependencies, telemetry } = options;
  const recorder = telemetry.activities;
  const { random, clock, log } = dependencies;
  const bindings = bindingsBlock({ bindings: components.bindings, recorder });
  const jobLog = log.scoped('dapr.runtime.scheduler');
  const input = inputBindings({
    bindings: components.bindings,
    output: bindings,
    save: (call, storeName, states) => state.save(call, { storeName, states }),
    probeLimitMs: config.app.bindingProbeMs,
    newCall,
    recorder,
    clock,
    log: log.scoped('dapr.runtime.processor.binding'),
  });
  const store = jobStoreOf(options);
  const runner = store && jobRunner({ store, readSchedule, newCall, recorder, clock, log: jobLog });
  const jobs = jobsBlock({
    owner: { appId: config.appId, namespace: config.namespace || 'default' },
    store,
    readSchedule,
    onChange: (name) => runner?.changed(name),
    recorder,
    clock,
    random,
  });
  const inbound = (name: string) => options.policies.inbound(name, 'Binding');
  const appWorkers: AppWorker[] = [];
  if (channel) {
    appWorkers.push({
      start: async () => await input.start(resilientBindingApp(await bindingAppFor(channel), inbound)),
      stop: (drainMs) => input.stop(drainMs),
    });
    if (runner)
      appWorkers.push({
        start: async () => runner.start(await jobAppFor(channel)),
        stop: (drainMs) => runner.stop(drainMs),
      });
  }
  return {
    bindings,
    conversation: conversationBlock({ components: components.conversationComponents, recorder }),
    crypto: cryptoBlock({ vaults: components.keyVaults, recorder, random }),
    jobs,
    appWorkers,
    refreshBindings: (drainMs) => input.refresh(drainMs),
    closeJobs: async () => await store?.close(),
  };
}

/**
 * Jobs are stored with actors. When the actor store does not support jobs, or a scheduler address is set, as in command
 * lines written for the reference, they are stored in memory; otherwise there are no jobs, as with a reference without
 * scheduler.
 */
function jobStoreOf({ components, config, dependencies }: BlockOptions): JobStore | undefined {
  const log = dependencies.log.scoped('dapr.runtime.scheduler');
  let isRequested = config.schedulerAddress !== '';
  for (const { name, metadata, port } of components.stateStores.values()) {
    if (metadata['actorstatestore']?.toLowerCase() !== 'true') continue;
    if (isJobCapable(port)) return port.jobStore(`${config.namespace || 'default'}||${config.appId}`);
    log.debug({ component: name }, 'this state store supports actors but not jobs');
    isRequested = true;
  }
  if (!isRequested) {
    const remedy = 'mark a state store with actorStateStore: true to have jobs';
    log.info({}, `No scheduler host addresses provided. Scheduler disabled: ${remedy}`);
    return undefined;
  }
  log.warn({}, 'no state store for jobs: they are stored in memory and lost when this sidecar stops');
  return memoryJobStore(dependencies.clock);
}
