import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorNoAppChannel } from '#blocks/actors/errors.ts';
import type { Call } from '#core/call.ts';
import type {
  SubscribeActorEventsRequestAlpha1,
  SubscribeActorEventsResponseAlpha1Schema,
} from '#gen/dapr/proto/runtime/v1/actors_pb.ts';

export type ActorQuestion = NonNullable<
  MessageInitShape<typeof SubscribeActorEventsResponseAlpha1Schema>['responseType']
>;
export type ActorAnswer = SubscribeActorEventsRequestAlpha1['requestType'];

/** Asks the app and waits for the answer with the question's id. Rejects when the stream ends or the call does. */
export type AskApp = (call: Call, question: (id: string) => ActorQuestion) => Promise<ActorAnswer>;

export interface ActorQuestions {
  readonly ask: AskApp;
  /** False when nobody waits for it: who asked may have given up. */
  answered(answer: ActorAnswer): boolean;
  /** For the one that writes to the stream; ends after `close`. */
  all(): AsyncIterable<ActorQuestion>;
  /** Refuses what is open, and all that is asked later. */
  close(): void;
}

interface Pending {
  readonly settle: (answer: ActorAnswer) => void;
  readonly refuse: (reason: Error) => void;
}

/** What the app is asked over one stream, in order, and who waits for which answer. */
export function actorQuestions(): ActorQuestions {
  const pending = new Map<string, Pending>();
  const queue: ActorQuestion[] = [];
  let isClosed = false;
  let lastId = 0;
  let wake = (): void => {};

  return {
    ask({ signal }, question) {
      if (isClosed) return Promise.reject(actorNoAppChannel());
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      const id = String(++lastId);
      queue.push(question(id));
      wake();
      return new Promise((resolve, reject) => {
        // the signal may live as long as the actor: what has ended must not stay with it
        const end = (): void => {
          pending.delete(id);
          signal.removeEventListener('abort', abort);
        };
        const abort = (): void => {
          end();
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', abort);
        pending.set(id, {
          settle: (answer) => (end(), resolve(answer)),
          refuse: (reason) => (end(), reject(reason)),
        });
      });
    },
    answered(answer) {
      const id = answer.case === undefined || answer.case === 'initialRequest' ? '' : answer.value.id;
      const waiting = pending.get(id);
      waiting?.settle(answer);
      return waiting !== undefined;
    },
    async *all() {
      while (!isClosed) {
        const next = queue.shift();
        if (next) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    close() {
      isClosed = true;
      wake();
      for (const { refuse } of pending.values()) refuse(actorNoAppChannel());
    },
  };
}
