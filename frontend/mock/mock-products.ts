import type { Category, Product } from '@tidewater/contracts/catalog.ts';
import { eur } from '@tidewater/contracts/money.ts';

type Row = readonly [
  name: string,
  brand: string,
  category: string,
  shape: string,
  cents: number,
  grams: number,
  stock: number,
  was?: number,
];

/** Enough products to fill every page; the real ones are in the catalog. */
const rows: readonly Row[] = [
  ['Fjord 16 Sea Kayak', 'Nordkai', 'paddling', 'kayak', 189900, 23500, 6],
  ['Birch 15 Canoe', 'Halyard & Sons', 'paddling', 'canoe', 164900, 27200, 4],
  ['Shearwater Carbon Paddle', 'Nordkai', 'paddling', 'paddle', 27900, 690, 14],
  ['Bulkhead Bilge Pump', 'Fathom', 'paddling', 'pump', 3900, 640, 22],
  ['Kelp 40 Dry Bag', 'Skerry', 'paddling', 'dry-bag', 4200, 480, 0],
  ['Grapple Folding Anchor', 'Halyard & Sons', 'sailing', 'anchor', 5900, 3200, 9],
  ['Three-plait Mooring Rope, 14 mm', 'Halyard & Sons', 'sailing', 'rope', 4900, 2100, 31],
  ['Pontoon Fenders, pair', 'Lowtide', 'sailing', 'fenders', 5400, 1800, 12, 6400],
  ['Spindrift Dinghy Mainsail', 'Ternfold', 'sailing', 'sail', 64900, 3900, 3],
  ['Bosun’s Rigging Knife', 'Halyard & Sons', 'sailing', 'knife', 5200, 180, 40],
  ['Longtide Longboard', 'Lowtide', 'surf', 'board', 74900, 6800, 5],
  ['Plover Inflatable SUP', 'Lowtide', 'surf', 'sup-board', 69900, 9800, 7, 79900],
  ['Gannet Fins', 'Fathom', 'surf', 'fins', 5900, 1400, 1],
  ['Beacon Tow Float', 'Fathom', 'swimming', 'tow-float', 3400, 410, 28],
  ['Wrasse Mask', 'Fathom', 'swimming', 'mask', 4900, 220, 16],
  ['Reed Snorkel', 'Fathom', 'swimming', 'snorkel', 1900, 130, 33],
  ['Clearwater Goggles', 'Lowtide', 'swimming', 'goggles', 2900, 60, 24],
  ['Shoreline Towel', 'Ternfold', 'swimming', 'towel', 3200, 380, 19],
  ['Heron Spinning Rod', 'Skerry', 'fishing', 'rod', 11900, 210, 11],
  ['Plain Fly Reel', 'Skerry', 'fishing', 'reel', 15900, 170, 8],
  ['Folding Landing Net', 'Skerry', 'fishing', 'net', 4400, 560, 13],
  ['Creel 24 Cooler', 'Lowtide', 'fishing', 'cooler', 8900, 4100, 6],
  ['Holm 2 Tent', 'Ternfold', 'camping', 'tent', 32900, 2150, 10],
  ['Ember Gas Stove', 'Ternfold', 'camping', 'stove', 5900, 290, 17],
  ['Harbour Kettle 1.2 l', 'Halyard & Sons', 'camping', 'kettle', 3900, 340, 21],
  ['Dog Watch Thermos', 'Nordkai', 'camping', 'thermos', 3400, 420, 25],
  ['Two Pines Hammock', 'Ternfold', 'camping', 'hammock', 7900, 620, 9],
  ['Skagen Drysuit', 'Nordkai', 'clothing', 'drysuit', 89900, 2400, 3],
  ['Shoal 3/2 Wetsuit', 'Lowtide', 'clothing', 'wetsuit', 24900, 1600, 12],
  ['Slipway Boots', 'Skerry', 'clothing', 'boots', 6900, 780, 18],
  ['Lee Shore Hat', 'Skerry', 'clothing', 'hat', 4900, 190, 15],
  ['Harbour Float Vest 50', 'Nordkai', 'safety', 'float-vest', 8900, 720, 20],
  ['Lifeline Throw Line 20', 'Fathom', 'safety', 'throw-line', 4900, 610, 14],
  ['Marker Buoy 30', 'Lowtide', 'safety', 'buoy', 2900, 900, 11],
  ['Night Heron Head Lamp', 'Nordkai', 'safety', 'lamp', 5400, 95, 23],
  ['Pealess Whistle, set of two', 'Fathom', 'safety', 'whistle', 900, 30, 60],
  ['Deck Compass 70', 'Fathom', 'navigation', 'compass', 12900, 480, 7],
  ['Guillemot 7 × 50 Binoculars', 'Nordkai', 'navigation', 'binoculars', 34900, 1090, 4],
];

const categories: readonly (readonly [id: string, name: string, blurb: string, hue: number])[] = [
  ['paddling', 'Paddling', 'Kayaks, canoes and what moves them.', 176],
  ['sailing', 'Dinghy sailing', 'Rope, canvas and small hardware for small boats.', 214],
  ['surf', 'Surf and SUP', 'Boards for waves, flat water and the days between.', 24],
  ['swimming', 'Swimming and snorkelling', 'For people in the water on purpose.', 194],
  ['fishing', 'Fishing', 'Rods, reels and patience.', 92],
  ['camping', 'Camping on the shore', 'Shelter, heat and a hot drink above the tide line.', 44],
  ['clothing', 'Clothing', 'Dry, warm, or at least warm when wet.', 338],
  ['safety', 'Safety', 'What you carry so that you do not need it.', 8],
  ['navigation', 'Finding your way', 'Compass, glass and light for knowing where you are.', 250],
];

export const mockProducts = (): Product[] =>
  rows.map(([name, brand, category, shape, cents, grams, stock, was], index) => ({
    id: name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, ''),
    name,
    brand,
    category,
    price: eur(cents),
    ...(was === undefined ? {} : { previousPrice: eur(was) }),
    description:
      'Made for people who go out and come back. It lasts if you rinse it, and it tells you when it will not.',
    specs: [
      ['Material', 'What holds'],
      ['Made in', 'A shed by the water'],
      ['Guarantee', '5 years'],
    ],
    note: 'Rinse with fresh water; salt is patient.',
    weightGrams: grams,
    picture: { shape, hue: (categories.find(([id]) => id === category)?.[3] ?? 200) + (index % 5) * 3, variant: index },
    alt: `${name}, drawn`,
    available: stock,
  }));

export const mockCategories = (products: readonly Product[]): Category[] =>
  categories.map(([id, name, blurb]) => ({
    id,
    name,
    blurb,
    count: products.filter((product) => product.category === id).length,
  }));
