/** Where this sidecar deliberately behaves differently from the reference. */
export interface Difference {
  readonly ours: string;
  readonly reference: string;
  readonly why: string;
  /** The file of the test that verifies it. */
  readonly test: string;
}

export const differences: readonly Difference[] = [
  {
    ours: 'actors and reminders need a state store with `actorStateStore: true` and no other process; `--placement-host-address` is not contacted',
    reference: 'they need reachable placement and scheduler addresses',
    why: 'hosts hold leases in the store, and the database itself rejects the write of a host that lost its lease',
    test: 'runtime/src/blocks/actors/actors-on-postgres.test.ts',
  },
  {
    ours: 'without `--placement-host-address` metadata and log report actors as disabled until the app hosts some; with it, a host is ready once it owns its actors',
    reference: 'disabled permanently; ready once the placement service is connected',
    why: 'the texts stay for programs that parse them, and are true for this sidecar',
    test: 'runtime/src/blocks/actors/actor-runtime.test.ts',
  },
  {
    ours: 'without an actor store no actor can be called',
    reference: 'an app without one can be called',
    why: 'the store holds the list of hosts',
    test: 'runtime/src/blocks/actors/actor-runtime.test.ts',
  },
  {
    ours: 'sidecars communicate over multiplexed frames',
    reference: 'gRPC, `dapr.proto.internals.v1`',
    why: 'about four times the calls for the same processor time; both cannot be mixed in one mesh',
    test: 'runtime/src/cluster/transport/frame-reader.test.ts',
  },
  {
    ours: 'the port for other sidecars listens on 127.0.0.1 unless `--dapr-internal-grpc-listen-address` is set',
    reference: 'on every address',
    why: 'a client of that port can call every app and actor: opening it to a network is a decision that requires `OUTRIGGER_PEER_SECRET`',
    test: 'runtime/src/host/config/config.test.ts',
  },
  {
    ours: 'an event that JetStream delivers for the last time (`maxDeliver`) goes to the dead letter topic, also when the app cannot be reached',
    reference: 'an app that cannot be reached sends it there at once',
    why: 'a restart of the app must not turn its backlog into dead letters, and no message may be lost silently',
    test: 'runtime/src/blocks/pubsub/dead-letters.test.ts',
  },
  {
    ours: 'a resource file that is not valid YAML ends the start, with file and line',
    reference: 'it is skipped with a warning',
    why: 'a silently missing database is worse than a sidecar that does not start',
    test: 'runtime/src/host/resources/resources.test.ts',
  },
  {
    ours: 'a body over `--max-body-size` is 413 `ERR_BODY_READ`',
    reference: '400 or 500, by route',
    why: 'the error is the caller’s, and 413 names it',
    test: 'runtime/src/api/http/routes/invoke.routes.test.ts',
  },
  {
    ours: 'an incomplete response of an app is an error',
    reference: 'the received part is passed on as if it were complete',
    why: 'half a document must not look like a complete one',
    test: 'runtime/src/api/http/routes/invoke.routes.test.ts',
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
    why: 'a read returns the written value',
    test: 'e2e/compat/mongodb.test.ts',
  },
  {
    ours: 'on MongoDB an etag for a key that is absent, or has expired, is a mismatch',
    reference: 'the value is written',
    why: 'an etag names the value to replace, and there is none',
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
    reference: 'one at a time for each subscription, unless `concurrency` is set',
    why: 'a slow event delays no other; `concurrency: single` restores the order',
    test: 'runtime/src/components/nats/recovery.test.ts',
  },
  {
    ours: 'time to live of actor state is always enabled',
    reference: 'it needs the feature `ActorStateTTL`',
    why: 'a requested setting takes effect',
    test: 'runtime/src/blocks/actors/actor-store.conformance.ts',
  },
  {
    ours: 'the Unix socket of a sidecar that was killed is replaced',
    reference: 'it prevents the next one from starting',
    why: 'a restart after a crash needs no manual cleanup',
    test: 'runtime/src/host/process/socket-file.test.ts',
  },
  {
    ours: 'gRPC reflection is available to every client',
    reference: 'it requires `dapr-app-id` in the metadata, and still describes itself',
    why: 'tools do not send it',
    test: 'runtime/src/api/grpc/serve-reflection.test.ts',
  },
  {
    ours: 'new traces always have an id, and each delivery has its own span in the trace of its event',
    reference: 'all zeros unless sampled; an event that is not sampled retains its span',
    why: 'activities are correlated by it',
    test: 'runtime/src/blocks/pubsub/event-trace.test.ts',
  },
  {
    ours: 'the gauge of a circuit breaker follows each change of its state',
    reference: 'it shows the state at the start of the last call',
    why: 'a gauge shows the current value',
    test: 'runtime/src/resilience/policy.test.ts',
  },
  {
    ours: 'an operation without a key is 400, also in a transaction and a bulk get',
    reference: 'it is written and read under the empty key',
    why: 'no app intends that key, and apps that omit theirs would share it',
    test: 'e2e/compat/json-fuzz.test.ts',
  },
  {
    ours: 'an entry of `/dapr/subscribe` may have numbers and booleans in its metadata',
    reference: 'with one such value the app receives no events',
    why: 'the meaning is unambiguous',
    test: 'runtime/src/app/subscriptions.test.ts',
  },
  {
    ours: 'an app that accepts connections and does not respond to `ListTopicSubscriptions` or `/dapr/subscribe` is logged as a warning after 3 s and called again until it responds, for up to 30 s each time',
    reference: 'a gRPC app that has not responded after about 3 s is logged as a warning and not called again',
    why: 'an app that starts slowly gets its events without a restart of its sidecar',
    test: 'runtime/src/app/setup-requests.test.ts',
  },
  {
    ours: 'a published event whose bytes are not UTF-8 is transmitted as base64, whatever text type it names',
    reference: 'each byte that is not UTF-8 is replaced',
    why: 'an image with a text content type must arrive unchanged',
    test: 'runtime/src/core/cloud-event.test.ts',
  },
  {
    ours: 'a published number beyond float64 reaches the app unchanged',
    reference: 'the event is published and then dropped on its way to the app',
    why: 'what was acknowledged is delivered',
    test: 'e2e/compat/json-fuzz.test.ts',
  },
  {
    ours: 'of a bulk publish with one invalid CloudEvent the others are published, and the response names the failed one',
    reference: 'none is published; `null` for an event ends the connection',
    why: 'the response names the entries to send again',
    test: 'e2e/compat/json-fuzz.test.ts',
  },
  {
    ours: 'a forwarded event retains its `traceparent`, and gets an `id` if it has none',
    reference: 'its trace is replaced unless it has a `traceid`; no id',
    why: 'deliveries stay in the trace of their event, and brokers drop duplicates by id',
    test: 'runtime/src/core/cloud-event.test.ts',
  },
  {
    ours: 'metadata of an event that is no valid header value is omitted at JetStream and in the headers of its delivery',
    reference: 'JetStream gets no metadata',
    why: 'valid metadata is sent, and invalid metadata must not lose the event',
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
    why: 'a silently missing store is worse than a sidecar that does not start',
    test: 'runtime/src/compose/load-components.test.ts',
  },
  {
    ours: 'a JetStream topic without a stream gets one when the app subscribes or publishes',
    reference: 'the subscription begins once a stream has been created',
    why: 'it works without an operator; streams of an operator must exist first, since subjects must not overlap',
    test: 'runtime/src/components/nats/broker.test.ts',
  },
  {
    ours: 'the error of an actor reads the same wherever the actor lives',
    reference: 'from another host it is wrapped in `rpc error: code = Internal desc = …`',
    why: 'callers must not depend on the location of an actor',
    test: 'runtime/src/blocks/actors/method-calls.test.ts',
  },
  {
    ours: 'an error response of an app to `Accept: text/event-stream` is passed on',
    reference: '500 `ERR_DIRECT_INVOKE`, `no response received from stream`',
    why: 'the caller gets the error of the app',
    test: 'runtime/src/api/http/routes/invoke.routes.test.ts',
  },
  {
    ours: 'a call whose actor moves is made again as soon as the new host has it; only actors that move are drained',
    reference: 'up to five times, a second apart; every turn of the type is drained and ended',
    why: 'a move affects its callers as little as possible',
    test: 'runtime/src/blocks/actors/moved-calls.test.ts',
  },
  {
    ours: 'a call to a stopped host is repeated when the lease of that host ends',
    reference:
      'it waits until placement has removed that host and the connection is closed (17 seconds measured; here 5)',
    why: 'no caller should wait for a lost machine',
    test: 'runtime/src/blocks/actors/moved-calls.test.ts',
  },
  {
    ours: "a reminder's `failure_policy` works over HTTP",
    reference: 'it is accepted and has no effect',
    why: 'a requested setting takes effect',
    test: 'runtime/src/api/http/routes/actors.routes.test.ts',
  },
  {
    ours: 'missed ticks of a reminder or timer fire one by one for up to 10 seconds; a longer gap fires once',
    reference: 'each missed tick is fired, however many there are',
    why: 'a host that was down for a day must not fire 86,400 times',
    test: 'runtime/src/blocks/actors/reminder-after.test.ts',
  },
  {
    ours: 'a subscription without `pubsubname` or `topic` is ignored, with a line in the log',
    reference: 'it is listed in the metadata, but is not active',
    why: 'the metadata lists active subscriptions only',
    test: 'runtime/src/app/subscriptions.test.ts',
  },
  {
    ours: 'a reminder or timer whose times cannot be read, or that ends before it begins, is 400 `ERR_BAD_REQUEST`',
    reference: '500 `ERR_ACTOR_REMINDER_CREATE` or `ERR_ACTOR_TIMER_CREATE`',
    why: 'the error is the caller’s',
    test: 'runtime/src/blocks/actors/schedule.test.ts',
  },
  {
    ours: 'a reminder with neither due time nor period fires at once, as a timer does',
    reference: '500 `ERR_ACTOR_REMINDER_CREATE`, `job must have either a due time or a schedule`',
    why: 'its documentation calls both optional, and specifies that it fires immediately',
    test: 'runtime/src/blocks/actors/schedule.test.ts',
  },
  {
    ours: 'a reminder with a period of `0s` fires once, as a timer does',
    reference: 'it fires endlessly, about two hundred times a second',
    why: 'no app intends that',
    test: 'runtime/src/blocks/actors/schedule.test.ts',
  },
  {
    ours: 'of several names for one member in the `request` of a transaction that differ in case only, the one spelled as the Go field applies, else the first',
    reference: 'the one spelled as the Go field, else a random one',
    why: 'the same request must always have the same effect',
    test: 'runtime/src/core/go-mapstructure.test.ts',
  },
  {
    ours: '`maxMessagesCount` of a bulk subscription may be as large as an int32 can be',
    reference: 'memory for that many messages is allocated at once: 2147483647 ends the process',
    why: 'a response of the app must not end its sidecar',
    test: 'runtime/src/blocks/pubsub/bulk-handler.test.ts',
  },
  {
    ours: "a conversation's `responseFormat` reaches the model unchanged, and a tool's result of several texts as one",
    reference: '`additionalProperties: false` is added at every level; 500, `expected exactly one part for role tool`',
    why: 'the caller intends its schema and its result',
    test: 'runtime/src/components/openai/conversation.test.ts',
  },
];
