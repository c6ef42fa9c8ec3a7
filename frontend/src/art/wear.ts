import type { Mark } from './mark.ts';
import { cord, flat, line, shift, solid, stitch, turn, within } from './mark.ts';
import { box, circle, d, mirrored, oval, segment, smooth, soft } from './outline.ts';
import type { Vary } from './vary.ts';

/** A whole suit laid out, boots and gaskets on. */
export const drysuit = (v: Vary): readonly Mark[] => {
  const reach = v.between(312, 326);
  const suit = soft(mirrored([[222, 50], [264, 66], [290, 116], [reach, 208], [reach - 30, 222], [262, 150], [252, 206], [260, 250], [256, 372], [206, 372], [200, 258]]), 11);
  const isDiagonal = v.way % 2 === 1;
  return [
    solid(suit, 'body', 10),
    within(suit, [
      flat(d`M60 40H340V${isDiagonal ? 118 : 104}C270 ${isDiagonal ? 150 : 122} 130 ${isDiagonal ? 100 : 122} 60 ${isDiagonal ? 96 : 104}Z`, 'trim'),
      flat(box(60, 336, 280, 50), 'dark'),
      flat(soft([[212, 272], [252, 272], [250, 312], [210, 312]], 8), 'trim'),
      flat(soft([[188, 272], [148, 272], [150, 312], [190, 312]], 8), 'trim'),
      turn(-24, [flat(box(reach - 44, 192, 60, 16), 'dark')], reach - 15, 215),
      turn(24, [flat(box(400 - reach - 16, 192, 60, 16), 'dark')], 415 - reach, 215),
      line(segment([200, 258], [200, 372]), 'dark'),
      line(d`M140 210C170 218 230 218 260 210`, 'pale'),
    ]),
    flat(soft([[180, 38], [220, 38], [226, 66], [174, 66]], 7), 'dark'),
    ...(isDiagonal
      ? [cord(segment([166, 82], [252, 190]), 8, 'pale'), flat(circle(254, 193, 6), 'dark')]
      : [cord(segment([146, 84], [254, 84]), 8, 'pale'), flat(circle(256, 84, 6), 'dark')]),
  ];
};

/** On its hanger: long, or short in arm and leg. */
export const wetsuit = (v: Vary): readonly Mark[] => {
  const isShort = v.form(3) === 2;
  const arm: readonly (readonly [number, number])[] = isShort ? [[292, 128], [266, 146]] : [[304, 214], [280, 224]];
  const leg: readonly (readonly [number, number])[] = isShort ? [[254, 306], [208, 306]] : [[238, 376], [208, 376]];
  const suit = soft(mirrored([[216, 62], [256, 78], ...arm, [250, 146], [240, 200], [252, 246], ...leg, [200, 262]]), 10);
  const panel = v.way;
  return [
    line(d`M200 44C200 26 224 26 222 40C220 48 200 46 200 60L258 84M200 60L142 84`, 'thread'),
    solid(suit, 'body', 10),
    within(suit, [
      flat(smooth([[252, 130], [228, 180], [230, 240], [252, 300], [300, 300], [300, 130]], { isClosed: true }), 'trim'),
      flat(smooth([[148, 130], [172, 180], [170, 240], [148, 300], [100, 300], [100, 130]], { isClosed: true }), 'trim'),
      ...(panel < 2 ? [flat(d`M180 50H220L214 118L200 130L186 118Z`, 'pale')] : [flat(box(100, 112, 200, 12), 'pale')]),
      ...(isShort ? [] : [flat(box(208, 294, 40, 44, 12), 'dark'), flat(box(152, 294, 40, 44, 12), 'dark')]),
      line(segment([200, 262], [200, 390]), 'dark'),
      stitch(d`M158 232C180 246 220 246 242 232`),
    ]),
    line(d`M184 64C190 76 210 76 216 64`, 'pale'),
    flat(circle(224, 104, 7), 'pale'),
  ];
};

const buckle = (x: number, y: number): readonly Mark[] => [flat(box(x - 15, y - 11, 30, 22, 4), 'dark'), flat(box(x - 8, y - 4, 16, 8, 2), 'pale')];

/** Inflated only when it must be: a slim yoke around neck and chest. */
const automaticVest = (v: Vary): readonly Mark[] => {
  const yoke = d`M200 66C258 66 286 104 282 160L268 300C266 322 252 330 236 330C220 330 214 318 216 300L224 190C224 158 218 140 200 140C182 140 176 158 176 190L184 300C186 318 180 330 164 330C148 330 134 322 132 300L118 160C114 104 142 66 200 66Z`;
  return [
    cord(d`M126 292H274`, 18, 'dark'),
    solid(yoke, 'body', 10),
    within(yoke, [flat(box(100, 232, 200, 18), 'pale'), stitch(d`M140 158C142 110 166 90 200 90S258 110 260 158`), flat(box(100, 60, 200, 18), 'trim')]),
    ...buckle(200, 292),
    line(circle(200, 322, 13), 'thread'),
    cord(segment([158, 330], [150, v.between(362, 372)]), 6, 'dark'),
    flat(circle(149, 370, 9), 'trim'),
  ];
};

/** A foam vest, a child's vest with its collar, or an automatic one. */
export const floatVest = (v: Vary): readonly Mark[] => {
  const form = v.form(5);
  if (form === 3) return automaticVest(v);
  const isChild = form === 0;
  const low = isChild ? 316 : v.between(330, 348);
  const vest = soft(mirrored([[226, 78], [262, 70], [284, 92], [270, 140], [276, 186], [300, 214], [294, low], [200, low + 6], [200, 160]]), 13);
  const marks: Mark[] = [];
  if (isChild) {
    const collar = d`M134 108C120 54 160 26 200 26C240 26 280 54 266 108L238 116C244 82 226 66 200 66C174 66 156 82 162 116Z`;
    marks.push(cord(d`M176 30C180 6 220 6 224 30`, 9, 'dark'), solid(collar, 'trim', 9), within(collar, [stitch(d`M148 100C142 62 170 44 200 44S258 62 252 100`)]));
  }
  marks.push(
    solid(vest, 'body', 12),
    within(vest, [
      ...(form === 2 ? [flat(box(90, 200, 220, 60), 'trim')] : [flat(box(90, low - 84, 220, 100), 'trim')]),
      flat(soft([[228, 178], [264, 186], [266, 224], [228, 224]], 6), isChild ? 'pale' : 'dark'),
      flat(soft([[172, 178], [136, 186], [134, 224], [172, 224]], 6), isChild ? 'pale' : 'dark'),
      line(d`M236 80L230 150M164 80L170 150`, 'pale'),
      stitch(d`M100 ${low - 96}H300`),
    ]),
    cord(segment([200, 164], [200, low + 2]), 7, 'pale'),
    cord(segment([106, low - 56], [294, low - 56]), 15, 'dark'),
    ...buckle(200, low - 56),
  );
  if (isChild) marks.push(cord(segment([110, 266], [290, 266]), 13, 'dark'), ...buckle(200, 266), line(d`M188 322V352H212V322`, 'thread'));
  return marks;
};

/** A pair: short neoprene with side zips, or tall rubber. */
export const boots = (v: Vary): readonly Mark[] => {
  const isTall = v.form(2) === 0;
  const top = isTall ? 54 : 140;
  const slope = v.between(-4, 6);
  const boot = soft([[134, top], [222, top + 2], [224, 236], [262, 262], [316 + slope, 284], [328, 312], [326, 338], [134, 338], [128, 270]], 17);
  const one = (tone: 'body' | 'trim'): readonly Mark[] => [
    solid(boot, tone, 12),
    within(boot, [
      flat(box(100, 314, 260, 40), 'dark'),
      line(d`M110 314H350`, 'pale'),
      ...(isTall
        ? [flat(box(100, top, 200, 30), tone === 'body' ? 'trim' : 'dark'), line(d`M120 ${top + 44}H240`, 'pale'), line(d`M222 236C206 246 196 262 196 290`, 'dark')]
        : [cord(d`M176 ${top - 4}C180 210 190 250 204 290`, 7, 'pale'), flat(soft([[258, 262], [340, 284], [340, 314], [270, 314]], 8), 'dark'), flat(box(110, top, 160, 15), 'dark')]),
    ]),
    ...(isTall ? [] : [flat(box(124, 268, 60, 12, 5), 'pale')]),
  ];
  return [shift(46, -22, one('trim')), shift(-16, 12, one('body'))];
};

const finger = (x: number, y: number, length: number, lean: number, isCut: boolean): Mark =>
  turn(lean, [solid(box(x - 17, y, 34, length, isCut ? 3 : 17), 'body', 8), ...(isCut ? [flat(box(x - 17, y, 34, 9), 'dark')] : [])], x, y + length);

/** Paddle mitts, or gloves whose fingers end early for handling rope. */
export const gloves = (v: Vary): readonly Mark[] => {
  if (v.form(2) === 0) {
    const mitt = d`M108 118C112 70 288 70 292 118L306 270C308 304 270 316 250 300L240 262H160L150 300C130 316 92 304 94 270Z`;
    return [
      turn(-90, [cord(segment([200, 10], [200, 390]), 18, 'pale')], 200, 176),
      solid(mitt, 'body', 12),
      within(mitt, [flat(d`M80 60H320V112C260 136 140 136 80 112Z`, 'trim'), line(segment([200, 120], [200, 262]), 'dark'), stitch(d`M120 200C160 214 240 214 280 200`)]),
      flat(box(150, 164, 100, 26, 13), 'dark'),
      turn(v.between(-3, 3), [flat(box(132, 280, 8, 24, 4), 'dark'), flat(box(262, 280, 8, 24, 4), 'dark')]),
    ];
  }
  const palm = soft([[136, 178], [264, 178], [270, 250], [256, 312], [252, 362], [148, 362], [144, 312], [130, 250]], 16);
  return [
    turn(v.between(-9, -3), [
      finger(150, 96, 130, -8, true),
      finger(184, 72, 150, -2, true),
      finger(219, 76, 150, 3, true),
      finger(252, 104, 130, 9, true),
      turn(44, [solid(box(268, 176, 38, 116, 10), 'body', 8), flat(box(268, 176, 38, 9), 'dark')], 280, 280),
      solid(palm, 'body', 12),
      within(palm, [
        flat(soft([[146, 196], [256, 196], [258, 262], [144, 262]], 16), 'trim'),
        flat(box(120, 318, 160, 60), 'dark'),
        stitch(d`M150 206H250V254H150Z`),
      ]),
      flat(box(196, 328, 74, 22, 4), 'pale'),
    ]),
  ];
};

/** A brimmed hat with its chin cord, or a knitted cap. */
export const hat = (v: Vary): readonly Mark[] => {
  if (v.form(2) === 0) {
    const dome = d`M92 262C84 150 134 78 200 78C266 78 316 150 308 262Z`;
    const cuff = soft([[80, 244], [320, 244], [326, 318], [74, 318]], 18);
    const ribs = Array.from({ length: 15 }, (_, rib) => d`M${92 + rib * 16} 246V318`).join('');
    const knit = Array.from({ length: 9 }, (_, rib) => d`M${200 + (rib - 4) * 25} 250C${200 + (rib - 4) * 23} 180 ${200 + (rib - 4) * 13} 110 ${200 + (rib - 4) * 2} 80`).join('');
    return [solid(dome, 'body', 13), within(dome, [line(knit, 'trim')]), solid(cuff, 'trim', 10), within(cuff, [line(ribs, 'body')]), flat(box(226, 262, 40, 36, 2), 'pale')];
  }
  const crown = d`M128 212C130 136 152 106 200 104C248 106 270 136 272 212C272 236 128 236 128 212Z`;
  const brim = oval(200, 222, v.between(154, 168), 52);
  return [
    cord(d`M120 244C132 316 176 344 200 350C224 344 268 316 280 244`, 6, 'dark'),
    flat(circle(200, 350, 8), 'pale'),
    turn(v.between(-7, -3), [
      solid(brim, 'body', 11),
      stitch(oval(200, 222, 142, 42)),
      flat(oval(200, 212, 84, 30), 'dark'),
      solid(crown, 'body', 12),
      within(crown, [flat(d`M100 186C150 206 250 206 300 186V250H100Z`, 'trim'), flat(circle(160, 160, 5), 'dark'), flat(circle(178, 156, 5), 'dark')]),
    ]),
  ];
};

/** A spray jacket with its hood. */
export const jacket = (v: Vary): readonly Mark[] => {
  const coat = soft(mirrored([[228, 92], [272, 108], [330, 250], [294, 266], [264, 190], [268, v.between(322, 340)], [200, 336]]), 12);
  const hood = d`M152 112C144 52 170 34 200 34C230 34 256 52 248 112C230 128 170 128 152 112Z`;
  return [
    solid(coat, 'body', 12),
    within(coat, [flat(box(60, 80, 280, 84), 'trim'), flat(box(120, 300, 160, 50), 'dark'), flat(box(220, 214, 40, 44, 4), 'trim'), stitch(d`M140 178H260`)]),
    solid(hood, 'trim', 10),
    flat(oval(200, 88, 32, 36), 'dark'),
    cord(segment([200, 126], [200, 336]), 7, 'pale'),
  ];
};
