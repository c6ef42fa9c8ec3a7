import type { ProductSort } from '@tidewater/contracts/catalog.ts';
import { shop as shopMessages } from '../messages/en/shop.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(shopMessages);

/** The query of the shop page, as in its URL; the storefront's API uses the same parameter names. */
export interface ShopQuery {
  readonly q?: string;
  readonly category?: string;
  readonly brands?: readonly string[];
  /** Minor units. */
  readonly min?: number;
  readonly max?: number;
  readonly isInStock?: boolean;
  readonly sort?: ProductSort;
  readonly page?: number;
}

export const sorts: readonly { readonly sort: ProductSort; readonly label: string }[] = [
  { sort: 'relevance', label: text('shop-query.best-match') },
  { sort: 'price', label: text('shop-query.price-low-first') },
  { sort: '-price', label: text('shop-query.price-high-first') },
  { sort: 'name', label: text('shop-query.name') },
  { sort: 'weight', label: text('shop-query.lightest-first') },
];

/** The limits of the catalog (services/catalog/src/schema/product-query.ts): a URL beyond them would always show an error. */
const maxSearchLength = 200;
const maxBrandLength = 80;
const maxBrands = 50;
const maxPage = 1000;
/** Control and formatting characters, and lone surrogates. */
const invisibleCharacters = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

/** Lengths count code points. */
const sanitize = (text: string, maxLength: number): string =>
  Array.from(text.normalize('NFC').replaceAll(invisibleCharacters, ' ').trim()).slice(0, maxLength).join('').trim();

/** Invalid parameters are ignored, so that a mistyped URL still shows products. */
export const readShopQuery = (search: string): ShopQuery => {
  const params = new URLSearchParams(search);
  const q = sanitize(params.get('q') ?? '', maxSearchLength);
  const category = params.get('category');
  const brands = [...new Set(params.getAll('brand').map((brand) => sanitize(brand, maxBrandLength)))]
    .filter((brand) => brand !== '')
    .slice(0, maxBrands)
    .toSorted();
  const min = integerOf(params.get('min'));
  const max = integerOf(params.get('max'));
  const sort = sorts.find((each) => each.sort === params.get('sort'))?.sort;
  const page = integerOf(params.get('page'));
  return {
    ...(q === '' ? {} : { q }),
    ...(category === null || !/^[\w-]{1,64}$/.test(category) ? {} : { category }),
    ...(brands.length === 0 ? {} : { brands }),
    ...(min === undefined || min === 0 ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(params.get('stock') === '1' ? { isInStock: true } : {}),
    ...(sort === undefined || sort === 'relevance' ? {} : { sort }),
    ...(page === undefined || page < 2 ? {} : { page: Math.min(page, maxPage) }),
  };
};

/** The canonical form of a query, so that equal queries share a URL and a cache entry. */
export const writeShopQuery = (query: ShopQuery): string => {
  const params = new URLSearchParams();
  if (query.q !== undefined) params.set('q', query.q);
  if (query.category !== undefined) params.set('category', query.category);
  for (const brand of query.brands?.toSorted() ?? []) params.append('brand', brand);
  if (query.min !== undefined) params.set('min', String(query.min));
  if (query.max !== undefined) params.set('max', String(query.max));
  if (query.isInStock === true) params.set('stock', '1');
  if (query.sort !== undefined) params.set('sort', query.sort);
  if (query.page !== undefined) params.set('page', String(query.page));
  return params.toString();
};

/** Changes a filter, which resets the page number. */
export const refine = (
  query: ShopQuery,
  change: { readonly [Key in keyof ShopQuery]?: ShopQuery[Key] | undefined },
): ShopQuery => {
  const { page: _page, ...rest } = query;
  return readShopQuery(writeShopQuery({ ...rest, ...change } as ShopQuery));
};

export const filterCount = (query: ShopQuery): number =>
  (query.category === undefined ? 0 : 1) +
  (query.brands?.length ?? 0) +
  (query.min === undefined && query.max === undefined ? 0 : 1) +
  (query.isInStock === true ? 1 : 0);

const integerOf = (text: string | null): number | undefined =>
  text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
