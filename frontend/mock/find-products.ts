import type { Category, Product, ProductPage } from '@tidewater/contracts/catalog.ts';

/** A simple version of the catalog's search. */
export const findProducts = (
  products: readonly Product[],
  categories: readonly Category[],
  params: URLSearchParams,
): ProductPage => {
  const q = (params.get('q') ?? '').toLowerCase();
  const category = params.get('category');
  const brands = params.getAll('brand');
  const textMatches = products.filter((product) =>
    `${product.name} ${product.brand} ${product.category}`.toLowerCase().includes(q),
  );
  const matchesFilters = (product: Product, without: 'category' | 'brands' | 'none'): boolean =>
    (without === 'category' || category === null || product.category === category) &&
    (without === 'brands' || brands.length === 0 || brands.includes(product.brand)) &&
    product.price.amount >= Number(params.get('min') ?? 0) &&
    product.price.amount <= Number(params.get('max') ?? Infinity) &&
    (params.get('stock') !== '1' || product.available > 0);
  const matches = textMatches
    .filter((product) => matchesFilters(product, 'none'))
    .toSorted(comparators[params.get('sort') ?? ''] ?? (() => 0));
  const forBrands = textMatches.filter((product) => matchesFilters(product, 'brands'));
  const forCategories = textMatches.filter((product) => matchesFilters(product, 'category'));
  const size = Number(params.get('size') ?? 24);
  const page = Number(params.get('page') ?? 1);
  const prices = matches.map((product) => product.price.amount);
  return {
    products: matches.slice((page - 1) * size, page * size),
    total: matches.length,
    page,
    size,
    facets: {
      brands: [...new Set(products.map((product) => product.brand))]
        .toSorted()
        .map((name) => ({ name, count: forBrands.filter((product) => product.brand === name).length })),
      categories: categories.map(({ id, name }) => ({
        id,
        name,
        count: forCategories.filter((product) => product.category === id).length,
      })),
      price: { min: Math.min(...prices, 0), max: Math.max(...prices, 0) },
    },
  };
};

const comparators: Readonly<Record<string, (a: Product, b: Product) => number>> = {
  price: (a, b) => a.price.amount - b.price.amount,
  '-price': (a, b) => b.price.amount - a.price.amount,
  name: (a, b) => a.name.localeCompare(b.name),
  weight: (a, b) => a.weightGrams - b.weightGrams,
};
