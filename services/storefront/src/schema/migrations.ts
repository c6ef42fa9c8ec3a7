import type { Migration } from '@tidewater/kit/database.ts';

/** Schema `storefront`. */
export const migrations: readonly Migration[] = [
  {
    name: '001 inside views',
    sql: `
      create table inside_views (
        order_id text primary key,
        trace_id text not null,
        activities jsonb not null,
        updated_at timestamptz not null
      );
      create index inside_views_updated_at on inside_views (updated_at)`,
  },
];
