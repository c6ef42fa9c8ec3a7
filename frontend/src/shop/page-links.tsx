import { Link } from 'wouter';
import { pagesAround } from './pages-around.ts';
import type { ShopQuery } from './shop-query.ts';
import { writeShopQuery } from './shop-query.ts';
import { hrefs } from '../router/paths.ts';

export const PageLinks = ({ query, last }: { readonly query: ShopQuery; readonly last: number }) => {
  const current = query.page ?? 1;
  const { page: _page, ...rest } = query;
  const to = (page: number): string => hrefs.shop(writeShopQuery(page === 1 ? rest : { ...rest, page }));
  if (last < 2) return null;
  return (
    <nav className="page-links" aria-label="Pages">
      {current > 1 ? <Link href={to(current - 1)}>Previous</Link> : <span className="inactive">Previous</span>}
      <ol>
        {pagesAround(current, last).map((page) => (
          <li key={page}>
            <Link
              href={to(page)}
              className="figures"
              aria-label={`Page ${page}`}
              {...(page === current ? ({ 'aria-current': 'page' } as const) : {})}
            >
              {page}
            </Link>
          </li>
        ))}
      </ol>
      {current < last ? <Link href={to(current + 1)}>Next</Link> : <span className="inactive">Next</span>}
    </nav>
  );
};
