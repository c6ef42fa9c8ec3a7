/** A change of a few lines that removes a pattern, so that its test shows what breaks. */
export interface Experiment {
  /** For `npm run pattern -- NAME`. */
  readonly name: string;
  /** The pattern's heading in docs/patterns.md. */
  readonly pattern: string;
  readonly file: string;
  /** What the change removes, as one sentence. */
  readonly removed: string;
  /** What to replace in the file, and by what. Each text occurs exactly once. */
  readonly replace: readonly (readonly [guard: string, without: string])[];
  /** When the pattern's section names several test files: the one to run. */
  readonly test?: string;
  /** Its test uses a Postgres and a NATS. */
  readonly needsServers?: boolean;
}

export const experiments: readonly Experiment[] = [
  {
    name: 'sidecar',
    pattern: 'Sidecar',
    file: 'services/catalog/src/commands/publish-stock.ts',
    removed: 'services without a broker client: this one imports it.',
    replace: [['import type { Transaction }', "import '@nats-io/transport-node';\nimport type { Transaction }"]],
    test: 'infra/checks/architecture.test.ts',
  },
  {
    name: 'backend-for-frontend',
    pattern: 'Backend for frontend',
    file: 'services/storefront/src/clients/shop-services.ts',
    removed: 'the short limit for reading from a service: a page waits a minute.',
    replace: [['const readMs = 1_800;', 'const readMs = 60_000;']],
  },
  {
    name: 'cqrs',
    pattern: 'CQRS',
    file: 'services/order/src/routes/orders.ts',
    removed: 'the wait until the projection has the version that the shopper has seen.',
    replace: [[' && projected.version >= atLeast', '']],
  },
  {
    name: 'projection',
    pattern: 'Projection and rebuild',
    file: 'services/order/src/queries/projection.ts',
    removed: 'the comparison of versions: an older event overwrites a newer status.',
    replace: [
      [
        'status = case when excluded.version > orders.version then excluded.status else orders.status end',
        'status = excluded.status',
      ],
    ],
    needsServers: true,
  },
  {
    name: 'integration-event',
    pattern: 'Domain event and integration event',
    file: 'services/order/src/commands/order-messages.ts',
    removed: 'the check against the schema: the published record is the order as it is stored, valid or not.',
    replace: [['isValid(schema, record) ? record : { ...record, ...validParts(record) }', 'record']],
  },
  {
    name: 'command-message',
    pattern: 'Command message',
    file: 'services/catalog/src/domain/order-stock.ts',
    removed: 'the repeated outcome: a command whose outcome event was lost is repeated, and has no response.',
    replace: [
      [
        "return state === undefined ? 'reserve' : 'repeat-outcome';",
        "return state === undefined ? 'reserve' : 'nothing';",
      ],
    ],
    needsServers: true,
  },
  {
    name: 'outbox-database',
    pattern: 'Transactional outbox, in a database',
    file: 'services/kit/src/outbox.ts',
    removed: 'the transaction around the outbox: an event is written outside of the one that changes the data.',
    replace: [['await insertRow(tx, {', 'await insertRow(database, {']],
    needsServers: true,
  },
  {
    name: 'outbox-actor',
    pattern: 'Transactional outbox, in an actor’s turn',
    file: 'runtime/src/blocks/actors/turn-commit.ts',
    removed: 'the single commit of a turn: the state is committed first, and reminders and events afterwards.',
    replace: [
      [
        'const changes = request.reminders.map(',
        'await this.#writes.commit(call, actor, fence, { operations: request.operations, reminders: [], events: [] });\n    const changes = request.reminders.map(',
      ],
    ],
    test: 'runtime/src/blocks/actors/turn-commit.test.ts',
  },
  {
    name: 'inbox',
    pattern: 'Inbox, and two other ways to be idempotent',
    file: 'services/kit/src/inbox.ts',
    removed: 'the check whether a message was processed before.',
    replace: [['if (!(await recordHandled(tx, eventId))) return false;', 'await recordHandled(tx, eventId);']],
    needsServers: true,
  },
  {
    name: 'dead-letter',
    pattern: 'Dead letter',
    file: 'services/order/src/dead-letters/subscriptions.ts',
    removed: 'the consequence of a dead letter: it is stored, and its order is left as it is.',
    replace: [['return orders.get(consequence.orderId).processingFailed({ reason, service: app });', 'return;']],
    needsServers: true,
  },
  {
    name: 'saga',
    pattern: 'Saga with process manager',
    file: 'services/order/src/commands/order-turns.ts',
    removed: 'the state of the saga: the process manager decides, and does not store where the saga is.',
    replace: [['    ctx.state.order = after;\n', '']],
  },
  {
    name: 'compensation',
    pattern: 'Compensation',
    file: 'services/payment/src/domain/payment-state-machine.ts',
    removed: 'the refund: a captured charge stays, although the order requests that it is undone.',
    replace: [["return goal === 'charge' ? undefined : 'refund';", 'return undefined;']],
    needsServers: true,
  },
  {
    name: 'reservation',
    pattern: 'Reservation',
    file: 'services/catalog/src/commands/stock-commands.ts',
    removed: 'the row locks: all buyers read the same number.',
    replace: [
      ['where product_id = any($1) order by product_id for update', 'where product_id = any($1) order by product_id'],
    ],
    needsServers: true,
  },
  {
    name: 'durable-reminder',
    pattern: 'Durable reminder',
    file: 'services/order/src/domain/watchdog.ts',
    removed: 'the timeout of a status: when its reminder is due, the order stays as it is.',
    replace: [["if (timeout !== undefined) return { kind: 'advance', input: timeout.input };", '']],
  },
  {
    name: 'actor-turn',
    pattern: 'Virtual actor and turn',
    file: 'runtime/src/blocks/actors/turn-queue.ts',
    removed: 'the queue of turns: calls to one actor run at the same time.',
    replace: [['return this.#wait(chain, signal, limitMs);', 'return undefined;']],
  },
  {
    name: 'fencing',
    pattern: 'Single activation with fencing',
    file: 'runtime/src/components/postgres/turn-batch.ts',
    removed: 'the fence: the epoch of a write is not compared with that of its partition.',
    replace: [['where p.host_id = f.host_id and p.epoch = f.epoch::bigint', 'where f.epoch is not null']],
    test: 'runtime/src/components/postgres/actor-store.test.ts',
    needsServers: true,
  },
  {
    name: 'optimistic-concurrency',
    pattern: 'Optimistic concurrency',
    file: 'services/cart/src/commands/checkout.ts',
    removed: 'the comparison of the version and the total that the shopper saw with those of the cart.',
    replace: [
      ['cart.version !== cartVersion || cart.total.amount !== expectedTotal.amount', 'cart.version < cartVersion'],
    ],
  },
  {
    name: 'idempotency-key',
    pattern: 'Idempotency key',
    file: 'services/cart/src/commands/place-order.ts',
    removed: 'the earlier response: a repeated key is processed as a new one.',
    replace: [['  return earlier.orderId;', '  return undefined;']],
  },
  {
    name: 'retry',
    pattern: 'Retry with backoff',
    file: 'services/order/src/domain/watchdog.ts',
    removed:
      'the growing interval: commands are repeated at a constant one, and all six are used up within the first minutes.',
    replace: [[' * 2 ** Math.min(repeats.count, 30)', '']],
  },
  {
    name: 'circuit-breaker',
    pattern: 'Circuit breaker',
    file: 'services/kit/src/circuit-breaker.ts',
    removed: 'the open state: calls go to a failing service as before.',
    replace: [
      ['if (openUntil !== undefined && (clock.now() < openUntil || isProbing)) throw new CircuitOpenError();', ''],
    ],
  },
  {
    name: 'backpressure',
    pattern: 'Backpressure',
    file: 'services/storefront/src/live/live-hub.ts',
    removed: 'the limit of a page’s queue: a slow page is never disconnected.',
    replace: [['if (page.stream.readableLength > queueBytes) disconnect(page);', '']],
  },
];
