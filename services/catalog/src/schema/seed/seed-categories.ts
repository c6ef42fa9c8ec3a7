import { camping } from './camping.ts';
import { clothing } from './clothing.ts';
import { fishing } from './fishing.ts';
import { navigation } from './navigation.ts';
import { paddling } from './paddling.ts';
import { safety } from './safety.ts';
import { sailing } from './sailing.ts';
import type { SeedCategory } from './seed-product.ts';
import { surf } from './surf.ts';
import { swimming } from './swimming.ts';

/** All seeded products, in display order. */
export const seedCategories: readonly SeedCategory[] = [
  paddling,
  sailing,
  surf,
  swimming,
  fishing,
  camping,
  clothing,
  safety,
  navigation,
];

/** The text of the home page. */
export const season = {
  title: 'The water is warmer than the air',
  story:
    'Late season is the quiet one: low sun, empty slipways, and a sea that still holds the summer. Dress for the water, carry a light, and be ashore before the kettle is cold.',
} as const;

/** Featured products on the home page, by id. */
export const picks: readonly string[] = [
  'fjord-16-sea-kayak',
  'bosuns-rigging-knife',
  'skagen-drysuit',
  'harbour-kettle',
  'guillemot-7x50-binoculars',
  'beacon-tow-float',
  'holm-2-tent',
  'plain-fly-reel',
];
