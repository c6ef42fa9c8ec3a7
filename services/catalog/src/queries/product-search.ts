import type { Product, ProductPage, ProductQuery, ProductSort } from '@tidewater/contracts/catalog.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { productColumns, productOf } from './product-row.ts';
import type { ProductRow } from './product-row.ts';
import { correctTypos, searchTerms } from './search-terms.ts';

/** Filtered, counted, sorted and cut to one page in one statement. Terms without a match are repeated with typos corrected. */
export async function searchProducts(database: Queries, query: ProductQuery): Promise<ProductPage> {
  const words = query.q === undefined ? [] : searchTerms(query.q);
  // A search of punctuation alone has no terms, and matches nothing rather than everything.
  if (query.q !== undefined && words.length === 0) return pageOf(emptyRow, query);
  const result = await runSearch(database, query, words);
  // Counted without the filters: a filter that hides all hits is no typo.
  if (result.matches > 0 || words.length === 0) return pageOf(result, query);
  const corrected = correctTypos(words, await vocabulary(database));
  return pageOf(corrected ? await runSearch(database, query, corrected) : result, query);
}

type SearchRow = {
  readonly matches: number;
  readonly total: number;
  readonly products: readonly ProductRow[];
  readonly brands: ProductPage['facets']['brands'];
  readonly categories: ProductPage['facets']['categories'];
  readonly price: ProductPage['facets']['price'];
};

const emptyRow: SearchRow = {
  matches: 0,
  total: 0,
  products: [],
  brands: [],
  categories: [],
  price: { min: 0, max: 0 },
};

function pageOf(row: SearchRow, { page = 1, size = 24 }: ProductQuery): ProductPage {
  const products: Product[] = row.products.map(productOf);
  const { brands, categories, price } = row;
  return { products, total: row.total, page, size, facets: { brands, categories, price } };
}

const orderings: Readonly<Record<ProductSort, string>> = {
  relevance: 'rank desc, position',
  price: 'price, position',
  '-price': 'price desc, position',
  name: 'name, position',
  weight: 'weight_grams, position',
};

async function runSearch(database: Queries, query: ProductQuery, words: readonly string[]): Promise<SearchRow> {
  const { category, brands, minPrice, maxPrice, inStock, sort = 'relevance', page = 1, size = 24 } = query;
  const filters = [category, brands, minPrice, maxPrice, inStock ?? false, size, (page - 1) * size];
  const values = [...filters.map((value) => value ?? null), ...words.map((word) => `${word}:*`)];
  const [row] = await database.query<SearchRow>(statement(words.length, orderings[sort]), values);
  return row ?? emptyRow;
}

function statement(wordCount: number, ordering: string): string {
  const words = Array.from({ length: wordCount }, (_, i) => {
    const parameter = `$${i + 8}::text`;
    return `(to_tsquery('english', ${parameter}) || to_tsquery('simple', ${parameter}))`;
  });
  const tsQuery = words.length === 0 ? undefined : words.join(' && ');
  return `
    with candidates as materialized (
      select ${productColumns}, p.position, p.category_name,
        ${tsQuery === undefined ? '0' : 'ts_rank(p.search, term)'} as rank,
        ($1::text is null or p.category = $1) as in_category,
        ($2::text[] is null or p.brand = any($2)) as in_brands,
        ($3::int is null or p.price >= $3) and ($4::int is null or p.price <= $4) as in_price,
        (not $5::boolean or s.on_hand > s.reserved) as in_stock
      from products p join stock s on s.product_id = p.id
      ${tsQuery === undefined ? '' : `, lateral (select ${tsQuery} as term) t where p.search @@ term`}
    ), stocked as (select * from candidates where in_stock)
    select
      (select count(*)::int from candidates) as matches,
      (select count(*)::int from stocked where in_category and in_brands and in_price) as total,
      (select coalesce(json_agg(hit), '[]') from (
        select * from stocked where in_category and in_brands and in_price order by ${ordering} limit $6 offset $7
      ) hit) as products,
      (select coalesce(json_agg(json_build_object('name', brand, 'count', n) order by brand), '[]') from (
        select brand, count(*)::int as n from stocked where in_category and in_price group by brand
      ) b) as brands,
      (select coalesce(json_agg(json_build_object('id', c.id, 'name', c.name, 'count', n) order by c.position), '[]') from (
        select category, count(*)::int as n from stocked where in_brands and in_price group by category
      ) counted join categories c on c.id = counted.category) as categories,
      (select json_build_object('min', coalesce(min(price), 0), 'max', coalesce(max(price), 0))
        from stocked where in_category and in_brands) as price`;
}

/** Most frequent words first, so that they win between equally near ones. */
async function vocabulary(database: Queries): Promise<readonly string[]> {
  const rows = await database.query<{ word: string }>(
    `select word from ts_stat('select search from products') order by ndoc desc, word`,
  );
  return rows.map(({ word }) => word);
}
