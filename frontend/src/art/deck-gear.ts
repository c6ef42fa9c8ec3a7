import type { Mark } from './mark.ts';
import { cord, flat, line, solid, stitch, rotate, clip } from './mark.ts';
import { box, circle, d, oval, polyline, smoothCurve, roundedPolygon } from './outline.ts';
import type { Variation } from './variation.ts';

/** A flat case for a chart, lashed at its corners. */
const chartCase = (v: Variation): readonly Mark[] => {
  const sheet = box(70, 108, 260, 210, 10);
  return [
    rotate(v.between(-8, -4), [
      ...(
        [
          [72, 110],
          [328, 110],
          [72, 316],
          [328, 316],
        ] as const
      ).map(([x, y]) => line(circle(x, y, 14), 'thread')),
      solid(sheet, 'body', 11),
      flat(box(90, 132, 220, 166, 4), 'pale'),
      clip(box(90, 132, 220, 166, 4), [
        line(
          d`M90 190C130 168 150 214 190 196S250 150 310 176M90 226C140 204 160 250 204 232S270 196 310 216M90 264C140 250 170 284 220 268S280 246 310 256`,
          'trim',
        ),
        flat(d`M230 132C236 150 256 150 266 160S300 168 310 160V132Z`, 'trim'),
        line(polyline([112, 290], [296, 140]), 'dark'),
        flat(circle(206, 213, 6), 'dark'),
      ]),
      solid(box(62, 84, 276, 32, 8), 'trim', 7),
      flat(box(180, 92, 40, 14, 4), 'dark'),
    ]),
  ];
};

/** Rolled and clipped; tall, with a shoulder strap, or as a flat case. */
export const dryBag = (v: Variation): readonly Mark[] => {
  const form = v.form(4);
  if (form === 3) return chartCase(v);
  const half = v.between(74, 88);
  const bag = roundedPolygon(
    [
      [200 - half, 126],
      [200 + half, 126],
      [200 + half + 5, 250],
      [200 + half - 4, 358],
      [200 - half + 4, 358],
      [200 - half - 5, 250],
    ],
    24,
  );
  return [
    cord(d`M${200 - half + 6} 100C${200 - half + 2} 44 ${200 + half - 2} 44 ${200 + half - 6} 100`, 12, 'dark'),
    ...(form === 1
      ? [
          cord(
            d`M${200 + half - 12} 130C${200 + half + 60} 160 ${200 + half + 60} 300 ${200 + half - 8} 340`,
            16,
            'dark',
          ),
        ]
      : []),
    solid(bag, 'body', 14),
    clip(bag, [
      flat(box(80, 316, 240, 60), 'trim'),
      ...(v.colourway < 2
        ? [
            flat(box(80, 200, 240, 44), 'pale'),
            line(d`M${200 - half + 30} 216H${200 + 20}M${200 - half + 30} 228H${200 - 10}`, 'trim'),
          ]
        : [
            flat(box(200 - half + 20, 180, 40, 96, 4), 'pale'),
            line(polyline([200 - half + 32, 204], [200 - half + 48, 204]), 'trim'),
          ]),
      line(d`M${200 - half + 18} 148C180 160 220 160 ${200 + half - 18} 148`, 'trim'),
    ]),
    solid(box(200 - half - 4, 92, half * 2 + 8, 42, 16), 'trim', 8),
    line(d`M${200 - half + 10} 113H${200 + half - 10}`, 'dark'),
    flat(box(184, 82, 32, 22, 4), 'dark'),
    cord(polyline([200 + half + 2, 126], [200 + half + 4, 190]), 9, 'dark'),
    flat(box(200 + half - 6, 166, 20, 24, 4), 'pale'),
  ];
};

const ring = (y: number, r: number): Mark => cord(circle(200, y, r), 10, 'dark');

/** Fisherman, folding grapnel, or plough. */
export const anchor = (v: Variation): readonly Mark[] => {
  const form = v.form(3);
  if (form === 2) {
    const wide = v.between(116, 126);
    const claw = (mirror: 1 | -1, reach: number, tone: 'body' | 'trim'): Mark =>
      solid(
        d`M200 300C${200 + mirror * reach * 0.7} 300 ${200 + mirror * reach} 260 ${200 + mirror * (reach + 8)} 204L${200 + mirror * (reach + 34)} 214L${200 + mirror * (reach - 6)} 150L${200 + mirror * (reach - 42)} 204L${200 + mirror * (reach - 22)} 206C${200 + mirror * (reach - 32)} 246 ${200 + mirror * reach * 0.4} 264 200 270Z`,
        tone,
        8,
      );
    return [
      ring(58, 22),
      claw(1, 58, 'trim'),
      claw(-1, 58, 'trim'),
      solid(box(189, 76, 22, 270, 10), 'body', 7),
      claw(1, wide, 'body'),
      claw(-1, wide, 'body'),
      solid(box(176, 262, 48, 60, 12), 'trim', 8),
      solid(box(180, 128, 40, 26, 6), 'trim', 6),
      flat(circle(200, 338, 6), 'dark'),
    ];
  }
  if (form === 0) {
    const plough = d`M118 238C150 214 260 214 330 262C300 322 200 344 84 330C120 306 128 276 118 238Z`;
    return [
      rotate(v.between(-16, -6), [
        ring(74, 20),
        solid(d`M188 84L212 84L250 232L216 246Z`, 'trim', 7),
        solid(plough, 'body', 12),
        clip(plough, [
          line(d`M118 238C190 262 260 266 330 262`, 'pale'),
          flat(d`M84 330C160 336 230 328 290 300L330 340H84Z`, 'trim'),
        ]),
        flat(circle(231, 226, 8), 'dark'),
      ]),
    ];
  }
  const w = v.between(116, 126);
  const arms = d`M200 348C${200 + w * 0.7} 344 ${200 + w} 306 ${200 + w} 246L${200 + w + 20} 262L${200 + w - 4} 196L${200 + w - 46} 250L${200 + w - 25} 248C${200 + w - 28} 288 ${200 + w * 0.5} 312 200 316C${200 - w * 0.5} 312 ${200 - w + 28} 288 ${200 - w + 25} 248L${200 - w + 46} 250L${200 - w + 4} 196L${200 - w - 20} 262L${200 - w} 246C${200 - w} 306 ${200 - w * 0.7} 344 200 348Z`;
  return [
    ring(58, 24),
    solid(box(188, 82, 24, 256, 8), 'body', 7),
    solid(arms, 'body', 11),
    solid(box(112, 116, 176, 20, 10), 'trim', 6),
    solid(circle(114, 126, 15), 'trim', 5),
    solid(circle(286, 126, 15), 'trim', 5),
    flat(circle(200, 126, 6), 'dark'),
    cord(d`M222 52C262 30 300 60 330 34`, 9, 'pale'),
  ];
};

const lay = (points: string): readonly Mark[] => [stitch(points, 'dark')];

/** A coil, a hank, or a marked line with its lead. */
export const rope = (v: Variation): readonly Mark[] => {
  const form = [1, 0, 1, 2, 1, 0][v.form(6)] ?? 0;
  if (form === 1) {
    const loops = [-54, -30, -6, 18, 42].map(
      (x, index) =>
        d`M${206 + x * 0.5} 132C${180 + x * 1.9} 170 ${178 + x * 2.1} 320 ${204 + x * 0.9} ${352 - Math.abs(index - 2) * 10}C${226 + x * 0.6} 330 ${222 + x} 190 ${212 + x * 0.5} 132`,
    );
    return [
      cord(d`M196 128C170 60 226 30 232 62C236 90 214 100 208 128`, 17, 'body'),
      ...loops.flatMap((loop, index) => [cord(loop, 17, index % 2 === 0 ? 'body' : 'trim')]),
      ...loops.flatMap(lay),
      ...[122, 140, 158].map((y) => cord(polyline([164, y + 3], [246, y - 3]), 17, 'body')),
      ...[122, 140, 158].flatMap((y) => lay(polyline([168, y + 3], [242, y - 3]))),
      cord(d`M244 158C290 168 300 214 286 262`, 15, 'body'),
      flat(box(276, 256, 22, 20, 3), 'dark'),
    ];
  }
  if (form === 2) {
    const coils = [0, 1, 2, 3].map((turnOf) => oval(184, 150 + turnOf * 17, 104 - turnOf * 3, 58));
    return [
      ...coils.toReversed().flatMap((coil) => [cord(coil, 11, 'body'), ...lay(coil)]),
      cord(d`M284 190C320 230 296 262 262 268S212 280 212 300`, 10, 'body'),
      ...(
        [
          [70, 150],
          [184, 92],
          [296, 178],
        ] as const
      ).map(([x, y], index) =>
        rotate(index * 40, [flat(box(x - 5, y - 12, 10, 24, 2), index === 1 ? 'dark' : 'pale')], x, y),
      ),
      solid(
        roundedPolygon(
          [
            [200, 296],
            [224, 296],
            [238, 372],
            [186, 372],
          ],
          9,
        ),
        'trim',
        8,
      ),
      flat(circle(212, 306, 5), 'dark'),
    ];
  }
  const thick = v.between(22, 27);
  const coils = [0, 1, 2, 3, 4].map((layer) => oval(200, 286 - layer * thick * 0.95, 132 - (layer % 2) * 7, 56));
  return [
    cord(d`M318 262C362 240 372 180 330 158C306 146 290 166 306 182`, thick, 'body'),
    ...lay(d`M318 262C362 240 372 180 330 158`),
    ...coils.flatMap((coil, layer) => [
      cord(coil, thick, layer === 2 && v.colourway % 2 === 1 ? 'trim' : 'body'),
      ...lay(coil),
    ]),
    cord(
      d`M116 ${286 - thick * 4}C150 ${240 - thick * 4} 250 ${240 - thick * 4} 284 ${286 - thick * 4}`,
      thick * 0.9,
      'trim',
    ),
  ];
};

/** A hanging pair. */
export const fenders = (v: Variation): readonly Mark[] => {
  const one = (x: number, top: number, tone: 'body' | 'pale'): readonly Mark[] => {
    const half = v.between(42, 48);
    const shape = box(x - half, top + 34, half * 2, 210, half);
    return [
      cord(polyline([x, 20], [x, top + 20]), 9, 'thread'),
      solid(box(x - 14, top + 8, 28, 40, 8), 'trim', 5),
      solid(box(x - 12, top + 232, 24, 26, 8), 'trim', 5),
      solid(shape, tone, 13),
      clip(shape, [
        flat(box(x - 60, top + 34, 120, 34), 'trim'),
        flat(box(x - 60, top + 210, 120, 40), 'trim'),
        line(d`M${x - 18} 80V400M${x + 18} 80V400`, tone === 'pale' ? 'body' : 'trim'),
      ]),
      flat(circle(x, top + 22, 6), 'dark'),
    ];
  };
  return [...one(130, 60, 'pale'), ...one(268, 96, 'body'), line(d`M60 20H340`, 'thread')];
};

/** A round marker, a pillar, or the pole that marks a swimmer. */
export const buoy = (v: Variation): readonly Mark[] => {
  const form = v.form(4);
  const sea = line(d`M30 342C62 332 82 352 114 342S170 332 202 342S258 352 290 342S346 332 372 342`, 'thread');
  if (form === 2) {
    const flag = d`M210 26L306 52L210 92Z`;
    const float = box(160, 214, 80, 96, 22);
    return [
      solid(box(192, 20, 16, 300, 6), 'pale', 5),
      solid(flag, 'body', 8),
      clip(flag, [flat(polyline([200, 20], [260, 20], [260, 100], [200, 100]), 'trim')]),
      flat(circle(200, 22, 11), 'dark'),
      solid(float, 'body', 11),
      clip(float, [flat(box(140, 250, 120, 20), 'pale')]),
      solid(box(184, 304, 32, 60, 8), 'trim', 6),
      cord(d`M236 290C290 300 300 340 346 330`, 8, 'trim'),
      sea,
    ];
  }
  if (form === 0) {
    const can = roundedPolygon(
      [
        [164, 110],
        [236, 110],
        [262, 330],
        [138, 330],
      ],
      8,
    );
    return [
      solid(d`M200 36L232 96H168Z`, 'dark', 6),
      line(d`M180 110L200 70L220 110`, 'thread'),
      solid(can, 'body', 12),
      clip(can, [flat(box(100, 164, 200, 44), 'pale'), flat(box(100, 260, 200, 30), 'trim')]),
      solid(oval(200, 330, 110, 28), 'trim', 8),
      sea,
    ];
  }
  const r = v.between(112, 122);
  const ball = circle(200, 214, r);
  return [
    cord(d`M200 ${214 + r}C196 360 236 366 230 390`, 9, 'trim'),
    solid(
      roundedPolygon(
        [
          [168, 62],
          [232, 62],
          [246, 118],
          [154, 118],
        ],
        14,
      ),
      'trim',
      8,
    ),
    flat(circle(200, 84, 12), 'pale'),
    cord(d`M200 84C222 40 270 40 286 72`, 9, 'pale'),
    solid(ball, 'body', 15),
    clip(ball, [
      form === 1
        ? flat(d`M60 196C130 222 270 222 340 196V240C270 266 130 266 60 240Z`, 'pale')
        : flat(box(60, 214, 280, 140), 'trim'),
      line(d`M200 90C160 130 160 300 200 336M200 90C240 130 240 300 200 336`, 'trim'),
    ]),
  ];
};

/** A bag with its floating line running out of the mouth. */
export const throwLine = (v: Variation): readonly Mark[] => {
  const bag = roundedPolygon(
    [
      [120, 158],
      [232, 130],
      [286, 330],
      [164, 362],
    ],
    24,
  );
  const run = smoothCurve([
    [176, 150],
    [160, 96],
    [196, 56],
    [250, 70],
    [252, 116],
    [214, 128],
    [236, 170],
    [300, 166],
    [346, 126],
    [334, 74],
    [362, 38],
  ]);
  return [
    cord(run, 14, 'pale'),
    stitch(run, 'trim'),
    rotate(v.between(-6, 4), [
      solid(oval(176, 146, 58, 20), 'dark', 4),
      solid(bag, 'body', 13),
      clip(bag, [
        rotate(
          -14,
          [
            flat(box(80, 196, 260, 20), 'trim'),
            flat(box(80, 268, 260, 44), 'pale'),
            flat(box(80, 332, 260, 60), 'trim'),
          ],
          200,
          250,
        ),
      ]),
      cord(d`M262 214C310 220 322 290 278 304`, 11, 'dark'),
    ]),
  ];
};

/** Two flat whistles on their lanyards. */
export const whistle = (v: Variation): readonly Mark[] => {
  const one = (lean: number, x: number, y: number, tone: 'body' | 'trim'): Mark => {
    const shape = roundedPolygon(
      [
        [x - 34, y - 78],
        [x + 34, y - 78],
        [x + 40, y + 40],
        [x + 22, y + 92],
        [x - 22, y + 92],
        [x - 40, y + 40],
      ],
      14,
    );
    return rotate(
      lean,
      [
        cord(d`M${x} ${y + 92}C${x - 60} ${y + 150} ${x + 70} ${y + 160} ${x + 8} ${y + 98}`, 8, 'thread'),
        solid(shape, tone, 11),
        clip(shape, [
          flat(box(x - 60, y - 90, 120, 34), tone === 'body' ? 'trim' : 'body'),
          flat(box(x - 24, y - 34, 18, 34, 4), 'dark'),
          flat(box(x + 6, y - 34, 18, 34, 4), 'dark'),
          line(d`M${x - 26} ${y + 26}H${x + 26}M${x - 22} ${y + 40}H${x + 22}`, 'pale'),
        ]),
        flat(circle(x, y + 76, 7), 'dark'),
      ],
      x,
      y,
    );
  };
  return [one(16 + v.between(-4, 4), 262, 176, 'trim'), one(-14 + v.between(-4, 4), 142, 176, 'body')];
};
