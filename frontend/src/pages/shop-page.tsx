import { keepPreviousData } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useShop } from '../data/shop.ts';
import { productsQuery } from '../data/queries.ts';
import { useServerQuery } from '../data/use-server-query.ts';
import { itemCount } from '../format/count.ts';
import { PageHeading } from '../components/page-heading.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { ProductGrid, ProductGridSkeleton } from '../components/product-card.tsx';
import { LoadingText, Skeleton } from '../components/skeleton.tsx';
import { SearchField } from '../layout/search-field.tsx';
import { Facets } from '../shop/facets.tsx';
import { PageLinks } from '../shop/page-links.tsx';
import type { ShopQuery } from '../shop/shop-query.ts';
import { filterCount, readShopQuery, refine, sorts, writeShopQuery } from '../shop/shop-query.ts';
import { hrefs } from '../router/paths.ts';
import { useSearch } from '../router/use-url.ts';
import { inPlace } from '../router/page-transitions.ts';
import { shop as shopMessages } from '../messages/en/shop.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(shopMessages);

export const ShopPage = () => {
  const { api, announcer } = useShop();
  const query = readShopQuery(useSearch());
  const normalizedSearch = writeShopQuery(query);
  // The previous results stay while new ones are loading, so that typing does not empty the page.
  const {
    data: shown,
    isPlaceholderData,
    problem,
    isFetching,
    refresh,
    willRetry,
  } = useServerQuery({ ...productsQuery(api, normalizedSearch), placeholderData: keepPreviousData });
  const data = isPlaceholderData ? undefined : shown;
  const [isOpen, setOpen] = useState(false);
  const total = data?.total;
  useEffect(() => {
    if (total !== undefined)
      announcer.announce(
        total === 0 ? text('shop.nothing-found') : text('shop.total-found', { total: itemCount(total) }),
      );
  }, [total, normalizedSearch, announcer]);
  const category = shown?.facets.categories.find((each) => each.id === query.category)?.name;
  const title = query.q === undefined ? (category ?? text('shop.the-whole-shop')) : `“${query.q}”`;
  const filters = filterCount(query);
  return (
    <div className="page shop">
      <div className="shop-search">
        <SearchField id="search-in-page" takesFocus />
      </div>
      <div className="shop-head">
        <PageHeading title={title}>{title}</PageHeading>
        <p className="quiet figures">{total === undefined ? <Skeleton className="w-4" /> : itemCount(total)}</p>
      </div>
      <div className="shop-columns">
        <aside className="facets" aria-label={text('shop.filters')}>
          <button
            type="button"
            className="button quiet facets-toggle"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {filters === 0 ? text('shop.filters') : text('shop.filters-filters', { filters })}
          </button>
          <div className={isOpen ? 'facets-body open' : 'facets-body'}>
            {shown === undefined ? <FacetsSkeleton /> : <Facets query={query} facets={shown.facets} />}
          </div>
        </aside>
        <section className="results" aria-labelledby="results" aria-busy={isFetching && data === undefined}>
          <h2 id="results" className="visually-hidden">
            {text('shop.results')}
          </h2>
          <div className="results-bar">
            <ActiveFilters query={query} category={category} />
            <SortField query={query} />
          </div>
          {problem !== undefined && data === undefined ? (
            <ProblemNotice problem={problem} onRetry={refresh} willRetry={willRetry} />
          ) : shown === undefined ? (
            <>
              <LoadingText what={text('shop.the-shelves')} />
              <ProductGridSkeleton count={9} />
            </>
          ) : shown.products.length === 0 && data !== undefined ? (
            <NoResults query={query} total={shown.total} />
          ) : (
            <div className={data === undefined ? 'results-list waiting' : 'results-list'}>
              <ProductGrid products={shown.products} />
              <PageLinks query={query} last={Math.ceil(shown.total / shown.size)} />
            </div>
          )}
        </section>
      </div>
    </div>
  );
};

const SortField = ({ query }: { readonly query: ShopQuery }) => {
  const [, navigate] = useLocation();
  return (
    <label className="sort">
      <span>{text('shop.sort')}</span>
      <select
        value={query.sort ?? 'relevance'}
        onChange={(event) => {
          const sort = sorts.find((each) => each.sort === event.target.value)?.sort;
          navigate(hrefs.shop(writeShopQuery(refine(query, { sort }))), { state: inPlace });
        }}
      >
        {sorts.map(({ sort, label }) => (
          <option key={sort} value={sort}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
};

/** The active filters, each as a link that removes it. */
const ActiveFilters = ({ query, category }: { readonly query: ShopQuery; readonly category: string | undefined }) => {
  const hrefWithout = (change: Parameters<typeof refine>[1]): string =>
    `/shop?${writeShopQuery(refine(query, change))}`;
  const filters: (readonly [words: string, href: string])[] = [];
  if (query.q !== undefined) filters.push([`“${query.q}”`, hrefWithout({ q: undefined })]);
  if (query.category !== undefined) filters.push([category ?? query.category, hrefWithout({ category: undefined })]);
  for (const brand of query.brands ?? [])
    filters.push([brand, hrefWithout({ brands: query.brands?.filter((each) => each !== brand) })]);
  if (query.min !== undefined || query.max !== undefined) {
    const bounds = [
      query.min === undefined ? '' : text('shop.from-min', { min: query.min / 100 }),
      query.max === undefined ? '' : text('shop.to-max', { max: query.max / 100 }),
    ];
    filters.push([bounds.join(' ').trim(), hrefWithout({ min: undefined, max: undefined })]);
  }
  if (query.isInStock === true) filters.push([text('shop.on-the-shelf'), hrefWithout({ isInStock: undefined })]);
  return (
    <ul className="filters">
      {filters.map(([label, href]) => (
        <li key={href}>
          <Link href={href} state={inPlace} aria-label={text('shop.remove-filter-label', { label })}>
            {label} <span aria-hidden="true">×</span>
          </Link>
        </li>
      ))}
      {filters.length > 1 ? (
        <li>
          <Link href={hrefs.shop()} state={inPlace} className="clear">
            {text('shop.clear-all')}
          </Link>
        </li>
      ) : null}
    </ul>
  );
};

/** No results, or a page number behind the last page. */
const NoResults = ({ query, total }: { readonly query: ShopQuery; readonly total: number }) =>
  total > 0 ? (
    <div className="empty">
      <h2>{text('shop.nothing-on-the-chart')}</h2>
      <p>{text('shop.these-results-end-before', { page: query.page ?? 1 })}</p>
      <Link href={hrefs.shop(writeShopQuery(refine(query, {})))} className="button">
        {text('shop.show-the-first-page')}
      </Link>
    </div>
  ) : (
    <div className="empty">
      <h2>{text('shop.nothing-on-the-chart')}</h2>
      <p>
        {query.q === undefined ? text('shop.no-product-fits-all') : text('shop.we-have-nothing-called', { q: query.q })}
      </p>
      <Link href={hrefs.shop()} className="button">
        {text('product.show-the-whole-shop')}
      </Link>
    </div>
  );

const FacetsSkeleton = () => (
  <div className="facet">
    {Array.from({ length: 14 }, (_, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- they are all alike
      <Skeleton key={index} className="facet-row" />
    ))}
  </div>
);
