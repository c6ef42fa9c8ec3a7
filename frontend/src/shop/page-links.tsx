import { Link } from '../router/link.tsx';
import { pagesAround } from './pages-around.ts';
import type { ShopQuery } from './shop-query.ts';
import { writeShopQuery } from './shop-query.ts';

export const PageLinks = ({ query, last }: { readonly query: ShopQuery; readonly last: number }) => {
  const here = query.page ?? 1;
  const { page: _page, ...rest } = query;
  const to = (page: number) =>
    ({ page: 'shop', search: writeShopQuery(page === 1 ? rest : { ...rest, page }) }) as const;
  if (last < 2) return null;
  return (
    <nav className="page-links" aria-label="Pages">
      {here > 1 ? <Link to={to(here - 1)}>Previous</Link> : <span className="spent">Previous</span>}
      <ol>
        {pagesAround(here, last).map((page) => (
          <li key={page}>
            <Link
              to={to(page)}
              className="figures"
              aria-label={`Page ${page}`}
              {...(page === here ? ({ 'aria-current': 'page' } as const) : {})}
            >
              {page}
            </Link>
          </li>
        ))}
      </ol>
      {here < last ? <Link to={to(here + 1)}>Next</Link> : <span className="spent">Next</span>}
    </nav>
  );
};
