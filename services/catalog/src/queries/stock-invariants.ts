import type { Queries } from '@tidewater/kit/database.ts';

export interface Invariants {
  readonly ok: boolean;
  /** A sentence for each violation, with names and numbers. */
  readonly problems: readonly string[];
}

/** Checks what must hold at any moment, in one statement and so on one snapshot. */
export async function stockInvariants(database: Queries): Promise<Invariants> {
  const rows = await database.query<{ problem: string }>(`
    with held as (
      select product_id, sum(quantity)::int as quantity from reservations where state = 'reserved' group by product_id
    )
    select format('%s: %s on hand and %s reserved', product_id, on_hand, reserved) as problem
    from stock where on_hand < 0 or reserved < 0 or reserved > on_hand
    union all
    select format('%s: %s reserved, but reservations sum up to %s', s.product_id, s.reserved, coalesce(h.quantity, 0))
    from stock s left join held h using (product_id) where s.reserved <> coalesce(h.quantity, 0)
    union all
    select format('order %s is %s, but its line %s is %s', o.order_id, o.state, r.product_id, r.state)
    from order_stock o join reservations r using (order_id) where o.state <> r.state
    union all
    select format('order %s is %s, but has no lines', o.order_id, o.state) from order_stock o
    where o.state in ('reserved', 'committed', 'restocked')
      and not exists (select 1 from reservations r where r.order_id = o.order_id)
    union all
    select format('product %s has no stock row', p.id) from products p
    where not exists (select 1 from stock s where s.product_id = p.id)
    order by problem`);
  const problems = rows.map(({ problem }) => problem);
  return { ok: problems.length === 0, problems };
}
