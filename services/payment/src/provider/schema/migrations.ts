import type { Migration } from '@tidewater/kit/database.ts';

/** The provider's ledger. */
export const migrations: readonly Migration[] = [
  {
    name: '001 books',
    sql: `
      -- No card number and nothing made from one.
      create table tokens (
        token text primary key,
        brand text not null,
        last4 text not null,
        behaviour text not null,
        charge_attempts int not null default 0
      );
      create table authorizations (
        id text primary key,
        reference text not null,
        token text not null references tokens (token),
        status text not null check (status in ('authorized', 'declined', 'captured', 'voided', 'refunded')),
        amount int not null check (amount > 0),
        captured int not null default 0 check (captured between 0 and amount),
        refunded int not null default 0 check (refunded between 0 and captured),
        reason text,
        created_at timestamptz not null default now()
      );
      create index authorizations_reference on authorizations (reference);
      create table answers (
        key text primary key,
        request text not null,
        body jsonb not null,
        answered_at timestamptz not null default now()
      );
    `,
  },
  {
    name: '002 customers',
    sql: `
      -- Null for a token of an older version: it belongs to the first customer that it is used for.
      alter table tokens add column customer text;
      -- Those of tokens have no customer and no fingerprint of the card; they are of use for some seconds only.
      delete from answers where request = 'tokens';
      alter table answers
        add column kind text not null default 'secret' check (kind in ('publishable', 'secret')),
        add column customer text not null default '',
        drop constraint answers_pkey,
        add primary key (kind, customer, key);
      create index authorizations_age on authorizations (created_at, id);
    `,
  },
  {
    name: '003 idempotent responses',
    sql: `
      alter table answers rename to idempotent_responses;
      alter table idempotent_responses rename column answered_at to stored_at;
    `,
  },
];
