import type { Migration } from '@tidewater/kit/database.ts';
import { inboxMigration } from '@tidewater/kit/inbox.ts';
import { outboxMigrations } from '@tidewater/kit/outbox-rows.ts';

/** The catalog's tables. */
export const migrations: readonly Migration[] = [
  inboxMigration,
  ...outboxMigrations,
  {
    name: '001 products',
    sql: `
      create table categories (
        id text primary key,
        position int not null,
        name text not null,
        blurb text not null
      );
      create table products (
        id text primary key,
        position int not null,
        name text not null,
        brand text not null,
        category text not null references categories (id),
        category_name text not null,
        price int not null check (price > 0),
        previous_price int check (previous_price > price),
        description text not null,
        specs jsonb not null,
        note text not null,
        weight_grams int not null check (weight_grams > 0),
        picture jsonb not null,
        alt text not null,
        -- Stemmed for whole words ("kayaks"), plain for the beginnings of words that are still being typed ("paddli").
        search tsvector generated always as (
          setweight(to_tsvector('english'::regconfig, name) || to_tsvector('simple'::regconfig, name), 'A') ||
          setweight(to_tsvector('simple'::regconfig, brand), 'B') ||
          setweight(to_tsvector('english'::regconfig, category_name) || to_tsvector('simple'::regconfig, category_name), 'C') ||
          setweight(to_tsvector('english'::regconfig, description) || to_tsvector('simple'::regconfig, description), 'D')
        ) stored
      );
      create index products_search on products using gin (search);
      create index products_category on products (category, position);
    `,
  },
  {
    name: '002 stock',
    sql: `
      create table stock (
        product_id text primary key references products (id),
        on_hand int not null check (on_hand >= 0),
        reserved int not null default 0 check (reserved >= 0 and reserved <= on_hand)
      );
      -- One row for each order that ever sent a command; it is the lock under which commands are carried out, and it makes
      -- late and repeated commands visible.
      create table order_stock (
        order_id text primary key,
        state text not null check (state in ('reserved', 'refused', 'committed', 'released', 'restocked')),
        missing jsonb not null default '[]',
        changed_at timestamptz not null default now()
      );
      create table reservations (
        order_id text not null references order_stock (order_id),
        product_id text not null references stock (product_id),
        quantity int not null check (quantity > 0),
        state text not null check (state in ('reserved', 'committed', 'released', 'restocked')),
        primary key (order_id, product_id)
      );
      create index reservations_held on reservations (product_id) where state = 'reserved';
    `,
  },
  {
    name: '003 rejected stock',
    sql: `
      alter table order_stock drop constraint order_stock_state_check;
      update order_stock set state = 'rejected' where state = 'refused';
      alter table order_stock add constraint order_stock_state_check
        check (state in ('reserved', 'rejected', 'committed', 'released', 'restocked'));
    `,
  },
];
