import type { Mark } from './mark.ts';
import { cord, flat, line, solid, stitch, rotate, clip } from './mark.ts';
import { box, circle, d, mirrored, oval, polyline, smoothCurve, roundedPolygon } from './outline.ts';
import type { Variation } from './variation.ts';

/** A complete suit laid out, with boots and gaskets. */
export const drysuit = (v: Variation): readonly Mark[] => {
  const reach = v.between(312, 326);
  const suit = roundedPolygon(
    mirrored([
      [222, 50],
      [264, 66],
      [290, 116],
      [reach, 208],
      [reach - 30, 222],
      [262, 150],
      [252, 206],
      [260, 250],
      [256, 372],
      [206, 372],
      [200, 258],
    ]),
    11,
  );
  const isDiagonal = v.colourway % 2 === 1;
  return [
    solid(suit, 'body', 10),
    clip(suit, [
      flat(
        d`M60 40H340V${isDiagonal ? 118 : 104}C270 ${isDiagonal ? 150 : 122} 130 ${isDiagonal ? 100 : 122} 60 ${isDiagonal ? 96 : 104}Z`,
        'trim',
      ),
      flat(box(60, 336, 280, 50), 'dark'),
      flat(
        roundedPolygon(
          [
            [212, 272],
            [252, 272],
            [250, 312],
            [210, 312],
          ],
          8,
        ),
        'trim',
      ),
      flat(
        roundedPolygon(
          [
            [188, 272],
            [148, 272],
            [150, 312],
            [190, 312],
          ],
          8,
        ),
        'trim',
      ),
      rotate(-24, [flat(box(reach - 44, 192, 60, 16), 'dark')], reach - 15, 215),
      rotate(24, [flat(box(400 - reach - 16, 192, 60, 16), 'dark')], 415 - reach, 215),
      line(polyline([200, 258], [200, 372]), 'dark'),
      line(d`M140 210C170 218 230 218 260 210`, 'pale'),
    ]),
    flat(
      roundedPolygon(
        [
          [180, 38],
          [220, 38],
          [226, 66],
          [174, 66],
        ],
        7,
      ),
      'dark',
    ),
    ...(isDiagonal
      ? [cord(polyline([166, 82], [252, 190]), 8, 'pale'), flat(circle(254, 193, 6), 'dark')]
      : [cord(polyline([146, 84], [254, 84]), 8, 'pale'), flat(circle(256, 84, 6), 'dark')]),
  ];
};

/** On its hanger: long, or short in arm and leg. */
export const wetsuit = (v: Variation): readonly Mark[] => {
  const isShort = v.form(3) === 2;
  const waist = v.between(234, 244);
  const arm: readonly (readonly [number, number])[] = isShort
    ? [
        [292, 128],
        [266, 146],
      ]
    : [
        [304, 214],
        [280, 224],
      ];
  const leg: readonly (readonly [number, number])[] = isShort
    ? [
        [254, 306],
        [208, 306],
      ]
    : [
        [238, 376],
        [208, 376],
      ];
  const suit = roundedPolygon(
    mirrored([[216, 62], [256, 78], ...arm, [250, 146], [waist, 200], [252, 246], ...leg, [200, 262]]),
    10,
  );
  const panel = v.colourway;
  return [
    line(d`M200 44C200 26 224 26 222 40C220 48 200 46 200 60L258 84M200 60L142 84`, 'thread'),
    solid(suit, 'body', 10),
    clip(suit, [
      flat(
        smoothCurve(
          [
            [252, 130],
            [228, 180],
            [230, 240],
            [252, 300],
            [300, 300],
            [300, 130],
          ],
          { isClosed: true },
        ),
        'trim',
      ),
      flat(
        smoothCurve(
          [
            [148, 130],
            [172, 180],
            [170, 240],
            [148, 300],
            [100, 300],
            [100, 130],
          ],
          { isClosed: true },
        ),
        'trim',
      ),
      ...(panel < 2 ? [flat(d`M180 50H220L214 118L200 130L186 118Z`, 'pale')] : [flat(box(100, 112, 200, 12), 'pale')]),
      ...(isShort ? [] : [flat(box(208, 294, 40, 44, 12), 'dark'), flat(box(152, 294, 40, 44, 12), 'dark')]),
      line(polyline([200, 262], [200, 390]), 'dark'),
      stitch(d`M158 232C180 246 220 246 242 232`),
    ]),
    line(d`M184 64C190 76 210 76 216 64`, 'pale'),
    flat(circle(224, 104, 7), 'pale'),
  ];
};

const buckle = (x: number, y: number): readonly Mark[] => [
  flat(box(x - 15, y - 11, 30, 22, 4), 'dark'),
  flat(box(x - 8, y - 4, 16, 8, 2), 'pale'),
];

/** Inflated only when it must be: a slim yoke around neck and chest. */
const automaticVest = (v: Variation): readonly Mark[] => {
  const yoke = d`M200 66C258 66 286 104 282 160L268 300C266 322 252 330 236 330C220 330 214 318 216 300L224 190C224 158 218 140 200 140C182 140 176 158 176 190L184 300C186 318 180 330 164 330C148 330 134 322 132 300L118 160C114 104 142 66 200 66Z`;
  return [
    cord(d`M126 292H274`, 18, 'dark'),
    solid(yoke, 'body', 10),
    clip(yoke, [
      flat(box(100, 232, 200, 18), 'pale'),
      stitch(d`M140 158C142 110 166 90 200 90S258 110 260 158`),
      flat(box(100, 60, 200, 18), 'trim'),
    ]),
    ...buckle(200, 292),
    line(circle(200, 322, 13), 'thread'),
    cord(polyline([158, 330], [150, v.between(362, 372)]), 6, 'dark'),
    flat(circle(149, 370, 9), 'trim'),
  ];
};

/** A foam vest, a child's vest with its collar, or an automatic one. */
export const floatVest = (v: Variation): readonly Mark[] => {
  const form = v.form(5);
  if (form === 3) return automaticVest(v);
  const isChild = form === 0;
  const low = isChild ? 316 : v.between(330, 348);
  const vest = roundedPolygon(
    mirrored([
      [226, 78],
      [262, 70],
      [284, 92],
      [270, 140],
      [276, 186],
      [300, 214],
      [294, low],
      [200, low + 6],
      [200, 160],
    ]),
    13,
  );
  const marks: Mark[] = [];
  if (isChild) {
    const collar = d`M134 108C120 54 160 26 200 26C240 26 280 54 266 108L238 116C244 82 226 66 200 66C174 66 156 82 162 116Z`;
    marks.push(
      cord(d`M176 30C180 6 220 6 224 30`, 9, 'dark'),
      solid(collar, 'trim', 9),
      clip(collar, [stitch(d`M148 100C142 62 170 44 200 44S258 62 252 100`)]),
    );
  }
  marks.push(
    solid(vest, 'body', 12),
    clip(vest, [
      ...(form === 2 ? [flat(box(90, 200, 220, 60), 'trim')] : [flat(box(90, low - 84, 220, 100), 'trim')]),
      flat(
        roundedPolygon(
          [
            [228, 178],
            [264, 186],
            [266, 224],
            [228, 224],
          ],
          6,
        ),
        isChild ? 'pale' : 'dark',
      ),
      flat(
        roundedPolygon(
          [
            [172, 178],
            [136, 186],
            [134, 224],
            [172, 224],
          ],
          6,
        ),
        isChild ? 'pale' : 'dark',
      ),
      line(d`M236 80L230 150M164 80L170 150`, 'pale'),
      stitch(d`M100 ${low - 96}H300`),
    ]),
    cord(polyline([200, 164], [200, low + 2]), 7, 'pale'),
    cord(polyline([106, low - 56], [294, low - 56]), 15, 'dark'),
    ...buckle(200, low - 56),
  );
  if (isChild)
    marks.push(
      cord(polyline([110, 266], [290, 266]), 13, 'dark'),
      ...buckle(200, 266),
      line(d`M188 322V352H212V322`, 'thread'),
    );
  return marks;
};

/** A spray jacket with its hood. */
export const jacket = (v: Variation): readonly Mark[] => {
  const coat = roundedPolygon(
    mirrored([
      [228, 92],
      [272, 108],
      [330, 250],
      [294, 266],
      [264, 190],
      [268, v.between(322, 340)],
      [200, 336],
    ]),
    12,
  );
  const hood = d`M152 112C144 52 170 34 200 34C230 34 256 52 248 112C230 128 170 128 152 112Z`;
  return [
    solid(coat, 'body', 12),
    clip(coat, [
      flat(box(60, 80, 280, 84), 'trim'),
      flat(box(120, 300, 160, 50), 'dark'),
      flat(box(220, 214, 40, 44, 4), 'trim'),
      stitch(d`M140 178H260`),
    ]),
    solid(hood, 'trim', 10),
    flat(oval(200, 88, 32, 36), 'dark'),
    cord(polyline([200, 126], [200, 336]), 7, 'pale'),
  ];
};
