import type { Money } from './money.ts';

export interface Category {
  readonly id: string;
  readonly name: string;
  readonly blurb: string;
  readonly count: number;
}

/** A drawing of a product, which the frontend renders as an SVG. */
export interface Picture {
  /** Which silhouette, such as `kayak`, `paddle`, `drysuit`. */
  readonly shape: string;
  /** 0–359; one hue family for each category, varied a little by product. */
  readonly hue: number;
  /** Picks proportions and details; any integer. */
  readonly variant: number;
}

/** A photograph of a product. The pages' content security policy allows URLs of the shop's own host only. */
export interface Photo {
  readonly imageUrl: string;
}

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly brand: string;
  readonly category: string;
  readonly price: Money;
  /** Present when on sale: what it cost before. */
  readonly previousPrice?: Money;
  /** Two sentences. */
  readonly description: string;
  /** Three rows. */
  readonly specs: readonly (readonly [label: string, value: string])[];
  /** Care or safety. */
  readonly note: string;
  readonly weightGrams: number;
  readonly picture: Picture | Photo;
  /** Text for those who do not see the picture. */
  readonly alt: string;
  /** Free stock: on hand less reserved. */
  readonly available: number;
}

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

export interface ProductPage {
  readonly products: readonly Product[];
  readonly total: number;
  readonly page: number;
  readonly size: number;
  /** Counts for the query without the facet's own filter. */
  readonly facets: {
    readonly brands: readonly { readonly name: string; readonly count: number }[];
    readonly categories: readonly { readonly id: string; readonly name: string; readonly count: number }[];
    readonly price: { readonly min: number; readonly max: number };
  };
}
