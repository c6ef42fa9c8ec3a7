import type { Migration } from '@tidewater/kit/database.ts';

/** Schema `ordering`. */
export const migrations: readonly Migration[] = [
  {
    name: '001 orders',
    sql: `create table orders (
      order_id text primary key,
      shopper_id text not null,
      version int not null,
      status text not null,
      placed_at timestamptz not null,
      changed_at timestamptz not null,
      total_cents int not null,
      item_count int not null
    );
    create index orders_of_shopper on orders (shopper_id, placed_at desc);
    create table order_steps (
      order_id text not null,
      version int not null,
      event jsonb not null,
      primary key (order_id, version)
    );`,
  },
  {
    name: '002 progress',
    sql: `alter table orders
      -- Nothing more will happen to the order.
      add column settled boolean not null default false,
      -- How many of its steps have arrived; fewer than its version: some are missing.
      add column steps int not null default 0;
    update orders o set
      steps = (select count(*) from order_steps s where s.order_id = o.order_id),
      settled = o.status in ('delivered', 'rejected', 'refunded')
        or (o.status in ('cancelled', 'payment failed') and not exists (
          select from order_steps s
          where s.order_id = o.order_id and s.version = o.version and s.event -> 'asks' ? 'unwind-payment'));
    create index orders_unfinished on orders (order_id) where not settled or steps < version;
    create index orders_changed on orders (changed_at);`,
  },
  {
    name: '003 dead letters',
    sql: `create table dead_letters (
      id bigint generated always as identity primary key,
      -- The app that could not process the event.
      app text not null,
      topic text not null,
      event_id text not null,
      event_type text not null,
      order_id text,
      reason text not null,
      attempts int,
      traceparent text,
      -- The whole CloudEvent. JSON text and not jsonb, which rejects some of what JSON can hold.
      event text not null,
      received_at timestamptz not null,
      state text not null default 'open' check (state in ('open', 'redriven', 'discarded')),
      decided_at timestamptz,
      unique (event_id, app)
    );
    create index dead_letters_open on dead_letters (id) where state = 'open';
    create index dead_letters_age on dead_letters (received_at);`,
  },
  {
    name: '004 order events',
    sql: `alter table order_steps rename to order_events;
    alter index order_steps_pkey rename to order_events_pkey;
    alter table orders rename column steps to event_count;
    -- Statuses had spaces, and there was one between awaiting stock and awaiting payment. Stored events are upcast when read.
    update orders set status = case status when 'reserved' then 'awaiting-payment' else replace(status, ' ', '-') end
    where status = 'reserved' or status like '% %';`,
  },
];
