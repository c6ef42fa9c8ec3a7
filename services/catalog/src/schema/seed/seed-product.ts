import type { Picture } from '@tidewater/contracts/catalog.ts';

/** A product of the seed; amounts are euro cents. */
export interface SeedProduct {
  /** Permanent: it is in URLs, carts and orders. */
  readonly id: string;
  readonly name: string;
  readonly brand: 'Nordkai' | 'Lowtide' | 'Halyard & Sons' | 'Fathom' | 'Skerry' | 'Ternfold';
  readonly price: number;
  /** Present when on sale: what it cost before. */
  readonly was?: number;
  /** Two sentences. */
  readonly description: string;
  readonly specs: readonly [row: Row, row: Row, row: Row];
  /** Care or safety. */
  readonly note: string;
  readonly weightGrams: number;
  readonly picture: Picture;
  readonly alt: string;
  readonly onHand: number;
}

type Row = readonly [label: string, value: string];

export interface SeedCategory {
  readonly id: string;
  readonly name: string;
  readonly blurb: string;
  readonly products: readonly SeedProduct[];
}
