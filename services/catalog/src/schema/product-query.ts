import { Type } from 'typebox';
import type { TString } from 'typebox';
import type { ProductQuery, ProductSort } from '@tidewater/contracts/catalog.ts';
import { object } from '@tidewater/contracts/schemas.ts';
import type { ValueOf } from '@tidewater/contracts/schemas.ts';
import { optionalText } from '@tidewater/contracts/text-schemas.ts';

const sorts: readonly ProductSort[] = ['relevance', 'price', '-price', 'name', 'weight'];

/** A parameter that may be empty: forms send their empty fields too. `digits` is the pattern of a present value. */
const integerText = (digits: string, range: string): TString =>
  Type.String({ pattern: `^(?:|${digits})$`, 'x-message': `must be a whole number ${range}` });

const cents = integerText(String.raw`\d{1,9}`, 'from 0 to 999999999');

/**
 * `?q&category&brand&brand&min&max&stock=1&sort&page&size`, or `?ids=a,b`. Amounts are cents. Unknown parameters are left
 * out, so that a link with a campaign's name in it still works.
 */
export const productQuerystring = object({
  q: Type.Optional(optionalText(200)),
  category: Type.Optional(
    Type.String({ pattern: String.raw`^[\w-]{0,64}$`, 'x-message': 'must be the id of a category' }),
  ),
  brand: Type.Optional(Type.Array(optionalText(80), { maxItems: 50 })),
  min: Type.Optional(cents),
  max: Type.Optional(cents),
  stock: Type.Optional(Type.String({ enum: ['', '0', '1'], 'x-message': 'must be 1 or absent' })),
  sort: Type.Optional(Type.String({ enum: ['', ...sorts], 'x-message': `must be one of ${sorts.join(', ')}` })),
  // A page this far into results of the largest size is the 60,000th product.
  page: Type.Optional(integerText(String.raw`[1-9]\d{0,2}|1000`, 'from 1 to 1000')),
  size: Type.Optional(integerText(String.raw`[1-9]|[1-5]\d|60`, 'from 1 to 60')),
  ids: Type.Optional(
    Type.String({
      pattern: String.raw`^(?:|[\w-]{1,64}(?:,[\w-]{1,64}){0,199})$`,
      'x-message': 'must be 1 to 200 product ids with commas between them',
    }),
  ),
});

export type ProductQuerystring = ValueOf<typeof productQuerystring>;

/** Of a valid query string; empty parameters do not filter. */
export function productQueryOf(querystring: ProductQuerystring): ProductQuery {
  const { q, category, brand = [], min, max, stock, sort, page, size } = querystring;
  const brands = brand.filter((name) => name !== '');
  return {
    q: q || undefined,
    category: category || undefined,
    brands: brands.length === 0 ? undefined : brands,
    minPrice: numberOf(min),
    maxPrice: numberOf(max),
    inStock: stock === '1' ? true : undefined,
    sort: sorts.find((candidate) => candidate === sort),
    page: numberOf(page),
    size: numberOf(size),
  };
}

const numberOf = (digits: string | undefined): number | undefined => (digits ? Number(digits) : undefined);
