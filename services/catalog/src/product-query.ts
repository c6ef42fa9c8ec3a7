import type { ProductQuery, ProductSort } from '@tidewater/contracts/catalog.ts';
import { badRequest } from '@tidewater/kit/problems.ts';
import type { FieldError } from '@tidewater/kit/problems.ts';

const sorts: readonly ProductSort[] = ['relevance', 'price', '-price', 'name', 'weight'];

/**
 * Reads `?q&category&brand&brand&min&max&stock=1&sort&page&size`. Amounts are cents. Unknown parameters are ignored, so
 * that a link with a campaign's name in it still works. Throws a 400 problem that names each field at fault.
 */
export function parseProductQuery(search: URLSearchParams): ProductQuery {
  const errors: FieldError[] = [];
  const whole = (field: string, least: number, most: number): number | undefined => {
    const text = search.get(field);
    if (text === null || text === '') return undefined;
    const value = Number(text);
    if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
    errors.push({ field, message: `must be a whole number from ${least} to ${most}` });
    return undefined;
  };
  const sortText = search.get('sort') ?? '';
  const sort = sorts.find((known) => known === sortText);
  if (sortText !== '' && sort === undefined)
    errors.push({ field: 'sort', message: `must be one of ${sorts.join(', ')}` });
  const q = search.get('q')?.trim() ?? '';
  if (q.length > 200) errors.push({ field: 'q', message: 'must not be longer than 200 characters' });
  const brands = search.getAll('brand').filter((brand) => brand !== '');
  if (brands.length > 50) errors.push({ field: 'brand', message: 'must not be given more than 50 times' });
  const stock = search.get('stock') ?? '';
  if (!['', '0', '1'].includes(stock)) errors.push({ field: 'stock', message: 'must be 1 or absent' });
  const query: ProductQuery = {
    q: q === '' ? undefined : q,
    category: search.get('category') || undefined,
    brands: brands.length === 0 ? undefined : brands,
    minPrice: whole('min', 0, 999_999_999),
    maxPrice: whole('max', 0, 999_999_999),
    inStock: stock === '1' ? true : undefined,
    sort,
    page: whole('page', 1, 100_000),
    size: whole('size', 1, 60),
  };
  if (errors.length > 0) throw badRequest('The search cannot be used as it is.', errors);
  return query;
}
