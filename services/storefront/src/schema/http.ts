import { Type } from 'typebox';
import { object } from '@tidewater/contracts/schemas.ts';
import { id, idempotencyKey, optionalText } from '@tidewater/contracts/text-schemas.ts';

/** What the addresses, queries and headers of the public routes may hold; bodies are in the contracts. */

export const productParams = object({ productId: id });
export const orderParams = object({ id });
export const checkoutParams = object({ key: idempotencyKey });

export const checkoutHeaders = Type.Object({ 'idempotency-key': idempotencyKey });
export const tokenHeaders = Type.Object({ 'idempotency-key': Type.Optional(idempotencyKey) });

/** Nothing, or digits: an empty field of a form counts as absent. */
const digits = (maxDigits: number) =>
  Type.Optional(
    Type.String({
      pattern: `^\\d{0,${maxDigits}}$`,
      'x-message': `must be a whole number from 0 to ${10 ** maxDigits - 1}`,
    }),
  );

const sorts = ['', 'relevance', 'price', '-price', 'name', 'weight'];

/** Parameters that are not named are left out: a link with a campaign's name in it works, and lists by ids are not public. */
export const productsQuery = object({
  q: Type.Optional(optionalText(200)),
  category: Type.Optional(Type.String({ pattern: String.raw`^[\w-]{0,64}$`, 'x-message': 'must be a category' })),
  brand: Type.Optional(Type.Array(optionalText(100), { maxItems: 50 })),
  min: digits(9),
  max: digits(9),
  stock: Type.Optional(Type.String({ enum: ['', '0', '1'] })),
  sort: Type.Optional(Type.String({ enum: sorts })),
  page: digits(6),
  size: digits(2),
});

export interface ProductsQuery {
  readonly brand?: readonly string[];
  readonly [name: string]: string | readonly string[] | undefined;
}
