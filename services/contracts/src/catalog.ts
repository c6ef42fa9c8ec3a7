import type { ValueOf } from './schemas.ts';
import type { category, photo, picture, product, productPage } from './view-schemas.ts';

export type Category = ValueOf<typeof category>;

/** A drawing of a product, which the frontend renders as an SVG. */
export type Picture = ValueOf<typeof picture>;

/** A photograph of a product. The pages' content security policy allows URLs of the shop's own host only. */
export type Photo = ValueOf<typeof photo>;

export type Product = ValueOf<typeof product>;

export type ProductSort = 'relevance' | 'price' | '-price' | 'name' | 'weight';

export interface ProductQuery {
  readonly q?: string;
  readonly category?: string;
  /** Any of these. */
  readonly brands?: readonly string[];
  readonly minPrice?: number;
  readonly maxPrice?: number;
  readonly inStock?: boolean;
  readonly sort?: ProductSort;
  /** From 1. */
  readonly page?: number;
  /** 1 to 60; 24 when absent. */
  readonly size?: number;
}

export type ProductPage = ValueOf<typeof productPage>;
