import * as boats from './boats.ts';
import * as camp from './camp.ts';
import * as deckGear from './deck-gear.ts';
import * as propulsion from './propulsion.ts';
import * as accessories from './accessories.ts';
import * as fishing from './fishing.ts';
import type { Mark } from './mark.ts';
import { line, solid } from './mark.ts';
import { circle, d } from './outline.ts';
import * as swim from './swim.ts';
import * as tools from './tools.ts';
import type { Variation } from './variation.ts';
import { variationOf } from './variation.ts';
import * as clothing from './clothing.ts';

type Draw = (vary: Variation) => readonly Mark[];

/** Every silhouette by the name that products use. A new one is a function in the file of its family and a row here. */
export const silhouettes: Readonly<Record<string, Draw>> = {
  kayak: boats.kayak,
  canoe: boats.canoe,
  'sup-board': boats.supBoard,
  board: boats.board,
  surfboard: boats.board,
  dinghy: boats.dinghy,
  paddle: propulsion.paddle,
  oar: propulsion.oar,
  pump: propulsion.pump,
  rudder: propulsion.rudder,
  sail: propulsion.sail,
  block: propulsion.block,
  drysuit: clothing.drysuit,
  wetsuit: clothing.wetsuit,
  'float-vest': clothing.floatVest,
  boots: accessories.boots,
  gloves: accessories.gloves,
  hat: accessories.hat,
  jacket: clothing.jacket,
  'dry-bag': deckGear.dryBag,
  anchor: deckGear.anchor,
  rope: deckGear.rope,
  fenders: deckGear.fenders,
  buoy: deckGear.buoy,
  'throw-line': deckGear.throwLine,
  whistle: deckGear.whistle,
  compass: tools.compass,
  lamp: tools.lamp,
  knife: tools.knife,
  binoculars: tools.binoculars,
  fins: swim.fins,
  mask: swim.mask,
  snorkel: swim.snorkel,
  goggles: swim.goggles,
  'tow-float': swim.towFloat,
  towel: swim.towel,
  rod: fishing.rod,
  reel: fishing.reel,
  net: fishing.net,
  'tackle-box': fishing.tackleBox,
  lure: fishing.lure,
  tent: camp.tent,
  stove: camp.stove,
  kettle: camp.kettle,
  thermos: camp.thermos,
  hammock: camp.hammock,
  cooler: camp.cooler,
  mug: camp.mug,
  'sleeping-bag': camp.sleepingBag,
};

/** For unknown shapes: a pebble on the tide line. */
const pebble: Draw = (v) => {
  const lean = v.between(-14, 14);
  return [
    solid(
      d`M84 ${236 + lean}C78 150 150 104 214 112C290 120 334 176 322 242C312 296 250 306 190 302C126 298 90 288 84 ${236 + lean}Z`,
      'body',
      15,
    ),
    line(d`M96 ${220 + lean}C160 ${190 - lean} 240 ${204 + lean} 322 ${224 - lean}`, 'pale'),
    line(d`M30 330C62 320 82 340 114 330S170 320 202 330S258 340 290 330S346 320 372 330`, 'thread'),
    solid(circle(320, 296, 17), 'trim', 5),
  ];
};

/** The picture of a product, as marks in a 400 × 400 box. Unknown shapes and invalid variants are accepted. */
export const drawPicture = (shape: string, variant: number): readonly Mark[] =>
  (Object.hasOwn(silhouettes, shape) ? (silhouettes[shape] ?? pebble) : pebble)(variationOf(variant));
