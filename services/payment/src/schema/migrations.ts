import type { Migration } from '@tidewater/kit/database.ts';
import { inboxMigration } from '@tidewater/kit/inbox.ts';
import { outboxMigrations } from '@tidewater/kit/outbox-rows.ts';

/** Payment's tables. */
export const migrations: readonly Migration[] = [
  inboxMigration,
  ...outboxMigrations,
  {
    name: '001 payments',
    sql: `
      create table payments (
        order_id text primary key,
        state text not null check (state in ('requested', 'authorized', 'declined', 'captured', 'voided', 'refunded')),
        goal text not null check (goal in ('charge', 'unwind')),
        amount int not null check (amount >= 0),
        token text not null,
        card text not null,
        authorization_id text,
        reason text,
        created_at timestamptz not null default now(),
        changed_at timestamptz not null default now()
      );
    `,
  },
  {
    name: '002 customer and currency',
    sql: `
      alter table payments
        add column currency text not null default 'EUR',
        -- Null in rows of older versions until their order sends another command.
        add column customer text,
        alter column card drop not null;
      -- Older versions stored the card as a browser described it. Only the provider's description counts now.
      update payments set card = null;
    `,
  },
];
