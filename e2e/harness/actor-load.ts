import { pause } from './store.ts';

/** One call that adds an operation to an actor's list. */
export interface Added {
  readonly id: string;
  readonly operation: string;
  /** URL of the sidecar that was called. */
  readonly through: string;
  /** A status, or the error. */
  readonly outcome: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface ActorLoadOptions {
  readonly type: string;
  readonly clients: number;
  readonly actors: number;
  /** Prefix of the names of its actors. */
  readonly name: string;
  /** The sidecars that may be called now; each call takes the next one. */
  readonly sidecars: () => readonly string[];
}

export interface ActorLoad {
  /** The calls that have ended so far. */
  readonly calls: readonly Added[];
  readonly ids: readonly string[];
  /** Starts no more calls and waits for those in progress. */
  stop(): Promise<void>;
}

/** Clients that call actors without a pause, each operation once. */
export function startActorLoad({ type, clients, actors, name, sidecars }: ActorLoadOptions): ActorLoad {
  const ids = Array.from({ length: actors }, (_, at) => `${name}-${at}`);
  const calls: Added[] = [];
  let [isDone, serial] = [false, 0];
  const client = async (): Promise<void> => {
    while (!isDone) {
      const at = serial++;
      const id = ids[at % ids.length] ?? '';
      const urls = sidecars();
      const through = urls[at % urls.length] ?? '';
      const operation = `op-${at}`;
      const startedAt = performance.now();
      const outcome = await fetch(`${through}/v1.0/actors/${type}/${id}/method/add`, {
        method: 'POST',
        body: operation,
        signal: AbortSignal.timeout(40_000),
      }).then(
        async (response) => `${response.status}${response.ok ? '' : ` ${await response.text()}`}`,
        (cause: unknown) => String((cause as Error).cause ?? cause),
      );
      calls.push({ id, operation, through, outcome, startedAt, endedAt: performance.now() });
      if (outcome !== '200') await pause(50);
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    calls,
    ids,
    async stop() {
      isDone = true;
      await all;
    },
  };
}
