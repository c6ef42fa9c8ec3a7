import type { Category, Product } from '@tidewater/contracts/catalog.ts';
import type { HomePage } from '@tidewater/contracts/storefront.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { categoryOf, productColumns, productOf } from './product-row.ts';
import type { CategoryRow, ProductRow } from './product-row.ts';
import { picks, season } from '../schema/seed/seed-categories.ts';

const relatedCount = 4;

/** Pattern: CQRS, query side. Single products, lists and related products. */
export interface ProductQueries {
  home(): Promise<HomePage>;
  categories(): Promise<readonly Category[]>;
  /** Undefined when there is no such product. */
  product(id: string): Promise<Product | undefined>;
  /** In the order of `ids`; those that do not exist are left out. */
  products(ids: readonly string[]): Promise<readonly Product[]>;
  /** Others of the same category, those of other brands and near in price first. */
  related(product: Product): Promise<readonly Product[]>;
}

export function productQueries(database: Queries): ProductQueries {
  const select = async (tail: string, values: readonly unknown[]): Promise<readonly Product[]> => {
    const rows = await database.query<ProductRow>(
      `select ${productColumns} from products p join stock s on s.product_id = p.id ${tail}`,
      values,
    );
    return rows.map(productOf);
  };
  const queries: ProductQueries = {
    async home() {
      const [categories, featured] = await Promise.all([queries.categories(), queries.products(picks)]);
      return { categories, picks: featured, season };
    },
    async categories() {
      const rows = await database.query<CategoryRow>(
        `select c.id, c.name, c.blurb, count(p.id)::int as count
         from categories c left join products p on p.category = c.id group by c.id order by c.position`,
      );
      return rows.map(categoryOf);
    },
    product: async (id) => (await queries.products([id]))[0],
    products: (ids) => select('where p.id = any($1) order by array_position($1, p.id)', [ids]),
    related: ({ id, category, brand, price }) =>
      select(`where p.category = $1 and p.id <> $2 order by (p.brand = $3), abs(p.price - $4), p.position limit $5`, [
        category,
        id,
        brand,
        price.amount,
        relatedCount,
      ]),
  };
  return queries;
}
