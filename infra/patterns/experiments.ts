/** A change of a few lines that removes a pattern, so that its test shows what breaks. */
export interface Experiment {
  /** For `npm run pattern -- NAME`. */
  readonly name: string;
  /** The pattern's heading in docs/patterns.md. */
  readonly pattern: string;
  readonly file: string;
  /** What to replace in the file, and by what. Each text occurs exactly once. */
  readonly replace: readonly (readonly [guard: string, without: string])[];
  /** When the pattern's section names several test files: the one to run. */
  readonly test?: string;
}

export const experiments: readonly Experiment[] = [
  {
    name: 'sidecar',
    pattern: 'Sidecar',
    file: 'services/catalog/src/commands/publish-stock.ts',
    // The service has a broker client.
    replace: [['import type { Transaction }', "import '@nats-io/transport-node';\nimport type { Transaction }"]],
    test: 'infra/checks/architecture.test.ts',
  },
  {
    name: 'backend-for-frontend',
    pattern: 'Backend for frontend',
    file: 'services/storefront/src/clients/shop-services.ts',
    replace: [['const readMs = 1_800;', 'const readMs = 60_000;']],
  },
  {
    name: 'cqrs',
    pattern: 'CQRS',
    file: 'services/order/src/routes/orders.ts',
    replace: [[' && projected.version >= atLeast', '']],
  },
  {
    name: 'projection',
    pattern: 'Projection and rebuild',
    file: 'services/order/src/queries/projection.ts',
    replace: [
      [
        'status = case when excluded.version > orders.version then excluded.status else orders.status end',
        'status = excluded.status',
      ],
    ],
  },
  {
    name: 'integration-event',
    pattern: 'Domain event and integration event',
    file: 'services/order/src/commands/order-messages.ts',
    // The published record is the order as it is stored, valid or not.
    replace: [['isValid(schema, record) ? record : { ...record, ...validParts(record) }', 'record']],
  },
  {
    name: 'command-message',
    pattern: 'Command message',
    file: 'services/catalog/src/domain/order-stock.ts',
    // A command whose outcome event was lost is repeated, and has no response.
    replace: [
      [
        "return state === undefined ? 'reserve' : 'repeat-outcome';",
        "return state === undefined ? 'reserve' : 'nothing';",
      ],
    ],
  },
  {
    name: 'outbox-database',
    pattern: 'Transactional outbox, in a database',
    file: 'services/kit/src/outbox.ts',
    replace: [['await insertRow(tx, {', 'await insertRow(database, {']],
  },
  {
    name: 'outbox-actor',
    pattern: 'Transactional outbox, in an actor’s turn',
    file: 'runtime/src/blocks/actors/turn-commit.ts',
    // The state is committed first, and reminders and events afterwards.
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
    replace: [['if (isNew === 0) return false;', '']],
  },
  {
    name: 'dead-letter',
    pattern: 'Dead letter',
    file: 'services/order/src/dead-letters/subscriptions.ts',
    // It is stored, and its order is left as it is.
    replace: [['return orders.get(consequence.orderId).processingFailed({ reason, service: app });', 'return;']],
  },
  {
    name: 'saga',
    pattern: 'Saga with process manager',
    file: 'services/order/src/commands/order-turns.ts',
    // The process manager decides, and does not store where the saga is.
    replace: [['    ctx.state.order = after;\n', '']],
  },
  {
    name: 'compensation',
    pattern: 'Compensation',
    file: 'services/payment/src/domain/payment-state-machine.ts',
    // A captured charge stays, although the order requests that it is undone.
    replace: [["return goal === 'charge' ? undefined : 'refund';", 'return undefined;']],
  },
  {
    name: 'reservation',
    pattern: 'Reservation',
    file: 'services/catalog/src/commands/stock-commands.ts',
    // Without the row locks all buyers read the same number.
    replace: [
      ['where product_id = any($1) order by product_id for update', 'where product_id = any($1) order by product_id'],
    ],
  },
  {
    name: 'durable-reminder',
    pattern: 'Durable reminder',
    file: 'services/order/src/domain/watchdog.ts',
    replace: [["if (timeout !== undefined) return { kind: 'advance', input: timeout.input };", '']],
  },
  {
    name: 'actor-turn',
    pattern: 'Virtual actor and turn',
    file: 'runtime/src/blocks/actors/turn-queue.ts',
    replace: [['return this.#wait(chain, signal, limitMs);', 'return undefined;']],
  },
  {
    name: 'fencing',
    pattern: 'Single activation with fencing',
    file: 'runtime/src/components/postgres/turn-batch.ts',
    // The epoch of a write is not compared with that of its partition.
    replace: [['where p.host_id = f.host_id and p.epoch = f.epoch::bigint', 'where f.epoch is not null']],
    test: 'runtime/src/components/postgres/actor-store.test.ts',
  },
  {
    name: 'optimistic-concurrency',
    pattern: 'Optimistic concurrency',
    file: 'services/cart/src/commands/checkout.ts',
    replace: [
      ['cart.version !== cartVersion || cart.total.amount !== expectedTotal.amount', 'cart.version < cartVersion'],
    ],
  },
  {
    name: 'idempotency-key',
    pattern: 'Idempotency key',
    file: 'services/cart/src/commands/place-order.ts',
    replace: [['  return earlier.orderId;', '  return undefined;']],
  },
  {
    name: 'retry',
    pattern: 'Retry with backoff',
    file: 'services/order/src/domain/watchdog.ts',
    // Repeated at a constant interval: all six are used up within the first minutes.
    replace: [[' * 2 ** Math.min(repeats.count, 30)', '']],
  },
  {
    name: 'circuit-breaker',
    pattern: 'Circuit breaker',
    file: 'services/kit/src/circuit-breaker.ts',
    replace: [
      ['if (openUntil !== undefined && (clock.now() < openUntil || isProbing)) throw new CircuitOpenError();', ''],
    ],
  },
  {
    name: 'backpressure',
    pattern: 'Backpressure',
    file: 'services/storefront/src/live/live-hub.ts',
    replace: [['if (page.stream.readableLength > queueBytes) disconnect(page);', '']],
  },
];
