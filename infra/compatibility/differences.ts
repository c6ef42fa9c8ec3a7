/** Where this sidecar behaves otherwise than the reference on purpose. */
export interface Difference {
  readonly ours: string;
  readonly reference: string;
  readonly why: string;
  /** The file of the test that pins it. */
  readonly test: string;
}

export const differences: readonly Difference[] = [
  {
    ours: 'actors and reminders need a state store with `actorStateStore: true` and no other process; `--placement-host-address` is not contacted',
    reference: 'they need placement and scheduler addresses that answer',
    why: 'hosts hold leases in the store, and the database itself refuses the write of one that lost its lease',
    test: 'runtime/src/blocks/actors/actors-on-postgres.test.ts',
  },
  {
    ours: 'without `--placement-host-address` metadata and log say that actors are off, until the app hosts some; with it, a host is ready once its store has given it its actors',
    reference: 'off for good; ready once the placement service is connected',
    why: 'the words are kept for those who read them, and tell the truth about this sidecar',
    test: 'runtime/src/blocks/actors/actor-runtime.test.ts',
  },
  {
    ours: 'without an actor store no actor is found',
    reference: 'an app without one may be called',
    why: 'the store is where hosts are known',
    test: 'runtime/src/blocks/actors/actor-runtime.test.ts',
  },
  {
    ours: 'sidecars talk to each other over multiplexed frames',
    reference: 'gRPC, `dapr.proto.internals.v1`',
    why: 'about four times the calls for the same processor time; ours and theirs do not mix in one mesh',
    test: 'runtime/src/cluster/transport/frame-reader.test.ts',
  },
  {
    ours: 'the port for other sidecars listens on 127.0.0.1 unless `--dapr-internal-grpc-listen-address` says otherwise',
    reference: 'on every address',
    why: 'who reaches that port calls every app and actor: opening it to a network is a decision, and `OUTRIGGER_PEER_SECRET` goes with it',
    test: 'runtime/src/host/config.test.ts',
  },
  {
    ours: 'an event that JetStream delivers for the last time (`maxDeliver`) goes to the dead letter topic, also when the app cannot be reached',
    reference: 'an app that cannot be reached sends it there at once',
    why: 'a restart of the app must not sweep its backlog into dead letters, and nothing may be lost in silence',
    test: 'runtime/src/blocks/pubsub/dead-letters.test.ts',
  },
  {
    ours: 'a resource file that is not valid YAML ends the start, with file and line',
    reference: 'it is skipped with a warning',
    why: 'a store that silently has no database is worse than one that does not start',
    test: 'runtime/src/host/resources.test.ts',
  },
  {
    ours: 'a body over `--max-body-size` is 413 `ERR_BODY_READ`',
    reference: '400 or 500, by route',
    why: 'the caller is at fault, and 413 says how',
    test: 'runtime/src/api/http/invoke.routes.test.ts',
  },
  {
    ours: 'an answer of an app that breaks off is an error',
    reference: 'what came so far is passed on as if it were whole',
    why: 'half a document must not look like one',
    test: 'runtime/src/api/http/invoke.routes.test.ts',
  },
  {
    ours: 'a Redis transaction with a wrong etag changes nothing',
    reference: 'its other keys are written',
    why: 'a transaction is all or nothing',
    test: 'runtime/src/blocks/state/state-store.conformance.ts',
  },
  {
    ours: 'on MongoDB an object replaces the one that was stored, and `$` in values is text',
    reference: 'it is merged into the one that was stored, and the server evaluates `$` as a field or an operator',
    why: 'what is read is what was written',
    test: 'e2e/compat/mongodb.test.ts',
  },
  {
    ours: 'on MongoDB an etag for a key that is absent, or has expired, is a mismatch',
    reference: 'the value is written',
    why: 'an etag says which value is to be replaced, and there is none',
    test: 'runtime/src/components/mongodb/state-store.test.ts',
  },
  {
    ours: 'a turn of an actor on MongoDB is one transaction that checks the lease',
    reference: 'a transaction that checks no lease',
    why: 'two hosts that both believe they own an actor must not both write',
    test: 'runtime/src/components/mongodb/actor-store.test.ts',
  },
  {
    ours: 'a turn of an actor on Redis is one script that checks the lease; on Redis Cluster all actors of a namespace are in one slot',
    reference: 'a transaction that checks no lease',
    why: 'two hosts that both believe they own an actor must not both write',
    test: 'e2e/faults/redis-actors.test.ts',
  },
  {
    ours: 'handlers of JetStream events run side by side',
    reference: 'one at a time for each subscription, unless `concurrency` says otherwise',
    why: 'a slow event holds nobody up; `concurrency: single` gives the order back',
    test: 'runtime/src/components/nats/recovery.test.ts',
  },
  {
    ours: 'time to live of actor state works by itself',
    reference: 'it needs the feature `ActorStateTTL`',
    why: 'what an app asks for is done',
    test: 'runtime/src/blocks/actors/actor-store.conformance.ts',
  },
  {
    ours: 'the Unix socket of a sidecar that was killed is replaced',
    reference: 'it keeps the next one from starting',
    why: 'a crash needs no broom',
    test: 'runtime/src/host/socket-file.test.ts',
  },
  {
    ours: 'gRPC reflection answers everybody',
    reference: 'it asks for `dapr-app-id` in the metadata, and answers for itself all the same',
    why: 'tools do not send it',
    test: 'runtime/src/api/grpc/serve-reflection.test.ts',
  },
  {
    ours: 'new traces always have an id, and deliveries have spans of their own in the trace of their event',
    reference: 'all zeros unless sampled; an event that is not sampled keeps its span',
    why: 'the record of what happened is joined by it',
    test: 'runtime/src/blocks/pubsub/event-trace.test.ts',
  },
  {
    ours: 'the gauge of a circuit breaker follows each change of its state',
    reference: 'it shows what the last call found when it began',
    why: 'a gauge tells what is',
    test: 'runtime/src/resilience/policy.test.ts',
  },
  {
    ours: 'an operation without a key is 400, also in a transaction and a bulk get',
    reference: 'it is written and read under the empty key',
    why: 'nobody means that key, and apps that forget theirs would share it',
    test: 'e2e/compat/json-fuzz.test.ts',
  },
  {
    ours: 'an entry of `/dapr/subscribe` may have numbers and booleans in its metadata',
    reference: 'one such value and the app gets no events at all',
    why: 'the meaning is plain',
    test: 'runtime/src/app/subscriptions.test.ts',
  },
  {
    ours: 'an app that takes connections and does not respond to `ListTopicSubscriptions` or `/dapr/subscribe` is warned of after 3 s and asked until it does, for 30 s each time',
    reference: 'a gRPC app that has not responded after about 3 s is warned of and not asked again',
    why: 'an app that starts slowly gets its events without a restart of its sidecar',
    test: 'runtime/src/app/setup-requests.test.ts',
  },
  {
    ours: 'a published event whose bytes are no text travels as base64, whatever text type it names',
    reference: 'each byte that is no UTF-8 is replaced',
    why: 'an image that names its own type must arrive as it was',
    test: 'runtime/src/core/cloud-event.test.ts',
  },
  {
    ours: 'a published number that no float64 can hold reaches the app as it was written',
    reference: 'the event is published and then dropped on its way to the app',
    why: 'what was acknowledged is delivered',
    test: 'e2e/compat/json-fuzz.test.ts',
  },
  {
    ours: 'of a bulk publish with one ready-made event that is none, the others are published and the answer names the failed one',
    reference: 'none is published; `null` for an event ends the connection',
    why: 'the answer says which to send again',
    test: 'e2e/compat/json-fuzz.test.ts',
  },
  {
    ours: 'an event that an app passes on keeps its `traceparent`, and gets an `id` if it has none',
    reference: 'its trace is replaced unless it has a `traceid`; no id',
    why: 'deliveries stay in the trace of their event, and brokers drop repeats by id',
    test: 'runtime/src/core/cloud-event.test.ts',
  },
  {
    ours: "an event's metadata that no header can hold is left out at JetStream, and of the headers of its delivery",
    reference: 'JetStream gets no metadata at all',
    why: 'what can be sent is, and the rest must not lose the event',
    test: 'runtime/src/blocks/pubsub/pubsub.test.ts',
  },
  {
    ours: 'a secret that is both allowed and denied is denied',
    reference: 'it is allowed',
    why: 'a denial is a decision',
    test: 'runtime/src/blocks/secrets/secrets.test.ts',
  },
  {
    ours: 'a component whose `auth.secretStore` is absent, or `kubernetes` outside of Kubernetes, ends the start with a message that names both',
    reference: 'it is skipped with a warning',
    why: 'a store that silently is not there is worse than a sidecar that does not start',
    test: 'runtime/src/compose/load-components.test.ts',
  },
  {
    ours: 'a JetStream topic without a stream gets one when the app subscribes or publishes',
    reference: 'the subscription begins once somebody has made a stream',
    why: 'it works without an operator; one who makes streams makes them first, since subjects must not overlap',
    test: 'runtime/src/components/nats/broker.test.ts',
  },
  {
    ours: 'the error of an actor reads the same wherever the actor lives',
    reference: 'from another host it is wrapped in `rpc error: code = Internal desc = …`',
    why: 'where an actor lives is no business of its caller',
    test: 'runtime/src/blocks/actors/method-calls.test.ts',
  },
  {
    ours: 'an app that answers `Accept: text/event-stream` with an error has its answer passed on',
    reference: '500 `ERR_DIRECT_INVOKE`, `no response received from stream`',
    why: 'the caller learns what the app said',
    test: 'runtime/src/api/http/invoke.routes.test.ts',
  },
  {
    ours: 'a call whose actor moves is made again as soon as the new host has it; only actors that move are drained',
    reference: 'up to five times, a second apart; every turn of the type is drained and ended',
    why: 'a move costs its callers as little as can be',
    test: 'runtime/src/blocks/actors/moved-calls.test.ts',
  },
  {
    ours: 'a call that waits for a host which stands still is made again when the lease of that host is over',
    reference:
      'it waits until placement has dropped that host and the connection is found dead (17 seconds measured; here 5)',
    why: 'no caller should wait for a machine that is gone',
    test: 'runtime/src/blocks/actors/moved-calls.test.ts',
  },
  {
    ours: "a reminder's `failure_policy` works over HTTP",
    reference: 'it is taken and has no effect',
    why: 'what an app asks for is done',
    test: 'runtime/src/api/http/actors.routes.test.ts',
  },
  {
    ours: 'late ticks of a reminder or timer are made up for one by one for 10 seconds; a longer silence by one firing',
    reference: 'each missed tick is fired, however many there are',
    why: 'a host that was down for a day must not fire 86,400 times',
    test: 'runtime/src/blocks/actors/reminder-after.test.ts',
  },
  {
    ours: 'a subscription without `pubsubname` or `topic` is left out, with a line in the log',
    reference: 'it is listed in the metadata, and cannot be opened',
    why: 'a list of subscriptions names those that can be',
    test: 'runtime/src/app/subscriptions.test.ts',
  },
  {
    ours: 'a reminder or timer whose times cannot be read, or that ends before it begins, is 400 `ERR_BAD_REQUEST`',
    reference: '500 `ERR_ACTOR_REMINDER_CREATE` or `ERR_ACTOR_TIMER_CREATE`',
    why: 'the caller is at fault',
    test: 'runtime/src/blocks/actors/schedule.test.ts',
  },
  {
    ours: 'a reminder with neither due time nor period fires at once, as a timer does',
    reference: '500 `ERR_ACTOR_REMINDER_CREATE`, `job must have either a due time or a schedule`',
    why: 'its manual calls both optional, and promises that it fires immediately',
    test: 'runtime/src/blocks/actors/schedule.test.ts',
  },
  {
    ours: 'a reminder with a period of `0s` fires once, as a timer does',
    reference: 'it fires without end, about two hundred times a second',
    why: 'nobody means that',
    test: 'runtime/src/blocks/actors/schedule.test.ts',
  },
  {
    ours: 'of several names for one member in the `request` of a transaction that differ in case only, the one spelt as the Go field counts, else the first',
    reference: 'the one spelt as the Go field, else one at random',
    why: 'the same request must always do the same',
    test: 'runtime/src/core/go-mapstructure.test.ts',
  },
  {
    ours: '`maxMessagesCount` of a bulk subscription may be as large as an int32 can be',
    reference: 'room for so many messages is allocated at once: 2147483647 ends the process',
    why: 'an answer of the app must not end its sidecar',
    test: 'runtime/src/blocks/pubsub/bulk-handler.test.ts',
  },
  {
    ours: "a conversation's `responseFormat` reaches the model as it was given, and a tool's result of several texts as one",
    reference: '`additionalProperties: false` is added at every level; 500, `expected exactly one part for role tool`',
    why: 'a schema that allows more, and a long result, are the meaning of the caller',
    test: 'runtime/src/components/openai/conversation.test.ts',
  },
];
