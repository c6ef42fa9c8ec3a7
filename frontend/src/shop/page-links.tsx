import { Link } from 'wouter';
import { pagesAround } from './pages-around.ts';
import type { ShopQuery } from './shop-query.ts';
import { writeShopQuery } from './shop-query.ts';
import { hrefs } from '../router/paths.ts';
import { shop as shopMessages } from '../messages/en/shop.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(shopMessages);

export const PageLinks = ({ query, last }: { readonly query: ShopQuery; readonly last: number }) => {
  const current = query.page ?? 1;
  const { page: _page, ...rest } = query;
  const to = (page: number): string => hrefs.shop(writeShopQuery(page === 1 ? rest : { ...rest, page }));
  if (last < 2) return null;
  return (
    <nav className="page-links" aria-label={text('page-links.pages')}>
      {current > 1 ? (
        <Link href={to(current - 1)}>{text('page-links.previous')}</Link>
      ) : (
        <span className="inactive">{text('page-links.previous')}</span>
      )}
      <ol>
        {pagesAround(current, last).map((page) => (
          <li key={page}>
            <Link
              href={to(page)}
              className="figures"
              aria-label={text('page-links.page-page', { page })}
              {...(page === current ? ({ 'aria-current': 'page' } as const) : {})}
            >
              {page}
            </Link>
          </li>
        ))}
      </ol>
      {current < last ? (
        <Link href={to(current + 1)}>{text('page-links.next')}</Link>
      ) : (
        <span className="inactive">{text('page-links.next')}</span>
      )}
    </nav>
  );
};
