import type { MessageInitShape } from '@bufbuild/protobuf';
import { actorNoAppChannel } from '#blocks/actors/errors.ts';
import type { Call } from '#core/call.ts';
import type {
  SubscribeActorEventsRequestAlpha1,
  SubscribeActorEventsResponseAlpha1Schema,
} from '#gen/dapr/proto/runtime/v1/actors_pb.ts';

export type ActorStreamRequest = NonNullable<
  MessageInitShape<typeof SubscribeActorEventsResponseAlpha1Schema>['responseType']
>;
export type ActorStreamResponse = SubscribeActorEventsRequestAlpha1['requestType'];

/** Sends a request to the app and waits for the response with its id. Rejects when the stream or the call ends. */
export type SendToApp = (call: Call, buildRequest: (id: string) => ActorStreamRequest) => Promise<ActorStreamResponse>;

export interface ActorStreamRequests {
  readonly send: SendToApp;
  /** False when no request waits for it: the caller may have aborted. */
  handleResponse(response: ActorStreamResponse): boolean;
  /** The requests to write to the stream; ends after `close`. */
  outgoing(): AsyncIterable<ActorStreamRequest>;
  /** Rejects pending and later requests. */
  close(): void;
}

interface Pending {
  readonly resolve: (response: ActorStreamResponse) => void;
  readonly reject: (reason: Error) => void;
}

/** The requests to the app over one stream, in order, and those waiting for a response. */
export function actorStreamRequests(): ActorStreamRequests {
  const pending = new Map<string, Pending>();
  const queue: ActorStreamRequest[] = [];
  let isClosed = false;
  let lastId = 0;
  let wake = (): void => {};

  return {
    send({ signal }, buildRequest) {
      if (isClosed) return Promise.reject(actorNoAppChannel());
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      const id = String(++lastId);
      queue.push(buildRequest(id));
      wake();
      return new Promise((resolve, reject) => {
        // the signal may live as long as the actor: finished requests must not remain attached to it
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
          resolve: (response) => (end(), resolve(response)),
          reject: (reason) => (end(), reject(reason)),
        });
      });
    },
    handleResponse(response) {
      const id = response.case === undefined || response.case === 'initialRequest' ? '' : response.value.id;
      const waiting = pending.get(id);
      waiting?.resolve(response);
      return waiting !== undefined;
    },
    async *outgoing() {
      while (!isClosed) {
        const next = queue.shift();
        if (next) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    close() {
      isClosed = true;
      wake();
      for (const { reject } of pending.values()) reject(actorNoAppChannel());
    },
  };
}
