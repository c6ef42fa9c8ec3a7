/** Where this sidecar behaves otherwise than the reference on purpose. */
export interface Difference {
  readonly here: string;
  readonly there: string;
  readonly why: string;
}

export const differences: readonly Difference[] = [
  {
    here: 'actors and reminders need a state store with `actorStateStore: true` and no other process; `--placement-host-address` is not contacted',
    there: 'they need placement and scheduler addresses that answer',
    why: 'hosts hold leases in the store, and the database itself refuses the write of one that lost its lease',
  },
  {
    here: 'without `--placement-host-address` metadata and log say that actors are off, until the app hosts some; with it, a host is ready once its store has given it its actors',
    there: 'off for good; ready once the placement service is connected',
    why: 'the words are kept for those who read them, and tell the truth about this sidecar',
  },
  {
    here: 'without an actor store no actor is found',
    there: 'an app without one may be called',
    why: 'the store is where hosts are known',
  },
  {
    here: 'sidecars talk to each other over multiplexed frames',
    there: 'gRPC, `dapr.proto.internals.v1`',
    why: 'about four times the calls for the same processor time; ours and theirs do not mix in one mesh',
  },
  {
    here: 'the port for other sidecars listens on 127.0.0.1 unless `--dapr-internal-grpc-listen-address` says otherwise',
    there: 'on every address',
    why: 'who reaches that port calls every app and actor: opening it to a network is a decision, and `OUTRIGGER_PEER_SECRET` goes with it',
  },
  {
    here: 'an event that JetStream delivers for the last time (`maxDeliver`) goes to the dead letter topic, also when the app cannot be reached',
    there: 'an app that cannot be reached sends it there at once',
    why: 'a restart of the app must not sweep its backlog into dead letters, and nothing may be lost in silence',
  },
  {
    here: 'a resource file that is not valid YAML ends the start, with file and line',
    there: 'it is skipped with a warning',
    why: 'a store that silently has no database is worse than one that does not start',
  },
  {
    here: 'a body over `--max-body-size` is 413 `ERR_BODY_READ`',
    there: '400 or 500, by route',
    why: 'the caller is at fault, and 413 says how',
  },
  {
    here: 'an answer of an app that breaks off is an error',
    there: 'what came so far is passed on as if it were whole',
    why: 'half a document must not look like one',
  },
  {
    here: 'a Redis transaction with a wrong etag changes nothing',
    there: 'its other keys are written',
    why: 'a transaction is all or nothing',
  },
  {
    here: 'a turn of an actor on Redis is one script that checks the lease; on Redis Cluster all actors of a namespace are in one slot',
    there: 'a transaction that checks no lease',
    why: 'two hosts that both believe they own an actor must not both write',
  },
  {
    here: 'handlers of JetStream events run side by side',
    there: 'one at a time for each subscription, unless `concurrency` says otherwise',
    why: 'a slow event holds nobody up; `concurrency: single` gives the order back',
  },
  {
    here: 'time to live of actor state works by itself',
    there: 'it needs the feature `ActorStateTTL`',
    why: 'what an app asks for is done',
  },
  {
    here: 'the Unix socket of a sidecar that was killed is replaced',
    there: 'it keeps the next one from starting',
    why: 'a crash needs no broom',
  },
  {
    here: 'gRPC reflection answers everybody',
    there: 'it asks for `dapr-app-id` in the metadata, and answers for itself all the same',
    why: 'tools do not send it',
  },
  {
    here: 'new traces always have an id, and deliveries have spans of their own in the trace of their event',
    there: 'all zeros unless sampled; an event that is not sampled keeps its span',
    why: 'the record of what happened is joined by it',
  },
  {
    here: 'the gauge of a circuit breaker follows each change of its state',
    there: 'it shows what the last call found when it began',
    why: 'a gauge tells what is',
  },
];
