import type { Queries } from '@tidewater/kit/database.ts';
import type { SeedCategory } from './seed-product.ts';

/**
 * Inserts the seed into an empty catalog and new products into one that is in use. Changed prices and stock are not
 * overwritten.
 */
export async function seedCatalog(tx: Queries, seedCategories: readonly SeedCategory[]): Promise<void> {
  const categories = seedCategories.map(({ id, name, blurb }, position) => ({ id, position, name, blurb }));
  const products = seedCategories
    .flatMap((category) =>
      category.products.map((product) => ({ ...product, category: category.id, category_name: category.name })),
    )
    .map(({ was, weightGrams, onHand, ...product }, position) => ({
      ...product,
      position,
      previous_price: was ?? null,
      weight_grams: weightGrams,
      on_hand: onHand,
    }));
  await tx.execute(
    `insert into categories (id, position, name, blurb)
     select id, position, name, blurb from jsonb_to_recordset($1) as c(id text, position int, name text, blurb text)
     on conflict (id) do update set position = excluded.position, name = excluded.name, blurb = excluded.blurb
     where (categories.position, categories.name, categories.blurb) is distinct from (excluded.position, excluded.name, excluded.blurb)`,
    [JSON.stringify(categories)],
  );
  const rows = JSON.stringify(products);
  await tx.execute(
    `insert into products (id, position, name, brand, category, category_name, price, previous_price, description,
                           specs, note, weight_grams, picture, alt)
     select id, position, name, brand, category, category_name, price, previous_price, description,
            specs, note, weight_grams, picture, alt
     from jsonb_to_recordset($1) as p(id text, position int, name text, brand text, category text, category_name text,
            price int, previous_price int, description text, specs jsonb, note text, weight_grams int, picture jsonb, alt text)
     on conflict (id) do nothing`,
    [rows],
  );
  await tx.execute(
    `insert into stock (product_id, on_hand)
     select id, on_hand from jsonb_to_recordset($1) as p(id text, on_hand int)
     on conflict (product_id) do nothing`,
    [rows],
  );
}
