import type { Category, Product } from '@tidewater/contracts/catalog.ts';
import { eur } from '@tidewater/contracts/money.ts';

/** A product as the queries below select it. */
// A type, not an interface: rows are read as open records.
export type ProductRow = {
  readonly id: string;
  readonly name: string;
  readonly brand: string;
  readonly category: string;
  readonly price: number;
  readonly previous_price: number | null;
  readonly description: string;
  readonly specs: readonly (readonly [string, string])[];
  readonly note: string;
  readonly weight_grams: number;
  readonly picture: Product['picture'];
  readonly alt: string;
  readonly available: number;
};

export type CategoryRow = {
  readonly id: string;
  readonly name: string;
  readonly blurb: string;
  readonly count: number;
};

export const productColumns = `p.id, p.name, p.brand, p.category, p.price, p.previous_price, p.description, p.specs, p.note,
  p.weight_grams, p.picture, p.alt, s.on_hand - s.reserved as available`;

export function productOf(row: ProductRow): Product {
  const { price, previous_price: previous, weight_grams: weightGrams, ...rest } = row;
  return {
    id: rest.id,
    name: rest.name,
    brand: rest.brand,
    category: rest.category,
    price: eur(price),
    ...(previous === null ? {} : { previousPrice: eur(previous) }),
    description: rest.description,
    specs: rest.specs,
    note: rest.note,
    weightGrams,
    picture: rest.picture,
    alt: rest.alt,
    available: rest.available,
  };
}

export const categoryOf = ({ id, name, blurb, count }: CategoryRow): Category => ({ id, name, blurb, count });
