import type { Mark } from './mark.ts';
import { cord, flat, line, solid, stitch, rotate, clip } from './mark.ts';
import { box, circle, d, oval, polyline, roundedPolygon } from './outline.ts';
import type { Variation } from './variation.ts';

const groundLine = (y: number): Mark => line(d`M24 ${y}H376`, 'thread');

/** Tunnel, dome with a porch, or a ridge tent. */
export const tent = (v: Variation): readonly Mark[] => {
  const form = v.form(3);
  if (form === 1) {
    const low = v.between(200, 218);
    const fly = d`M52 304C64 190 120 142 176 140C260 148 326 ${low} 352 304Z`;
    return [
      line(d`M52 300L22 316M352 300L382 316M176 142L120 128`, 'thread'),
      solid(fly, 'body', 13),
      clip(fly, [
        flat(d`M40 310C56 190 120 142 176 140C140 190 134 250 140 310Z`, 'trim'),
        flat(d`M70 310C80 236 106 200 134 190C122 230 118 270 122 310Z`, 'dark'),
        line(
          d`M176 140C142 190 134 250 140 310M246 160C226 206 224 260 230 310M306 210C296 244 296 280 300 310`,
          'dark',
        ),
        flat(box(252, 216, 34, 26, 8), 'pale'),
      ]),
      flat(d`M70 304C82 270 92 250 96 240L88 304Z`, 'pale'),
      groundLine(304),
    ];
  }
  if (form === 2) {
    const wide = v.between(154, 178);
    const dome = d`M48 306C58 ${wide} 124 96 196 96C276 96 332 ${wide} 340 306Z`;
    const porch = d`M196 306C204 226 232 186 272 184C322 188 366 240 376 306Z`;
    return [
      line(d`M48 302L20 320M376 300L390 316`, 'thread'),
      solid(dome, 'body', 14),
      clip(dome, [
        line(d`M60 306C120 160 190 96 196 96C210 100 300 170 336 306M196 96V200`, 'dark'),
        flat(d`M150 94H240L222 128C206 118 186 118 170 128Z`, 'trim'),
        flat(
          roundedPolygon(
            [
              [96, 220],
              [140, 200],
              [146, 256],
              [88, 260],
            ],
            10,
          ),
          'pale',
        ),
      ]),
      solid(porch, 'trim', 11),
      clip(porch, [
        flat(d`M236 310C240 252 254 222 276 214C306 222 326 262 330 310Z`, 'dark'),
        flat(d`M236 310C240 252 254 222 276 214C262 246 262 280 268 310Z`, 'pale'),
      ]),
      groundLine(306),
    ];
  }
  const front = d`M120 92L222 306H30Z`;
  const far = v.between(304, 324);
  const side = d`M120 92L${far} 122L378 306H222Z`;
  return [
    line(d`M120 92V70M${far} 122V104M120 92L8 300M${far} 122L394 290`, 'thread'),
    solid(side, 'body', 12),
    clip(side, [stitch(d`M150 150L330 176`), line(d`M240 110L300 306`, 'trim')]),
    solid(front, 'trim', 9),
    flat(d`M120 136L168 306H84Z`, 'dark'),
    flat(d`M120 136L128 306H84Z`, v.coinFlip() ? 'pale' : 'body'),
    groundLine(306),
  ];
};

/** A folding burner on its cartridge, or a wood stove that packs flat. */
export const stove = (v: Variation): readonly Mark[] => {
  if (v.form(2) === 0) {
    const front = roundedPolygon(
      [
        [98, 122],
        [302, 122],
        [318, 330],
        [82, 330],
      ],
      6,
    );
    const flame = (x: number, y: number, s: number): string =>
      d`M${x} ${y - 30 * s}C${x + 22 * s} ${y - 8 * s} ${x + 20 * s} ${y + 20 * s} ${x} ${y + 24 * s}C${x - 20 * s} ${y + 20 * s} ${x - 18 * s} ${y} ${x - 6 * s} ${y - 8 * s}C${x - 4 * s} ${y - 14 * s} ${x - 2 * s} ${y - 22 * s} ${x} ${y - 30 * s}Z`;
    return [
      line(d`M150 100C140 84 160 74 150 56M200 96C190 80 210 70 200 50M250 100C240 84 260 74 250 56`, 'thread'),
      solid(box(80, 112, 240, 20, 4), 'dark', 6),
      solid(front, 'body', 12),
      clip(front, [
        flat(
          roundedPolygon(
            [
              [136, 232],
              [264, 232],
              [272, 312],
              [128, 312],
            ],
            10,
          ),
          'dark',
        ),
        flat(flame(170, 290, 0.9), 'pale'),
        flat(flame(206, 278, 1.4), 'pale'),
        flat(flame(240, 292, 0.8), 'pale'),
      ]),
      ...[128, 164, 200, 236, 272].map((x) => flat(box(x - 7, 152, 14, 50, 7), 'dark')),
      line(d`M106 330L98 356M294 330L302 356`, 'thread'),
      groundLine(358),
    ];
  }
  const can = d`M104 274C104 250 296 250 296 274V344C296 366 104 366 104 344Z`;
  return [
    cord(d`M200 176C146 168 108 148 86 122M200 176C254 168 292 148 314 122`, 12, 'trim'),
    cord(polyline([200, 172], [200, 122]), 12, 'trim'),
    flat(box(72, 108, 40, 14, 4), 'dark'),
    flat(box(288, 108, 40, 14, 4), 'dark'),
    flat(box(180, 108, 40, 14, 4), 'dark'),
    solid(
      roundedPolygon(
        [
          [156, 166],
          [244, 166],
          [230, 200],
          [170, 200],
        ],
        8,
      ),
      'body',
      7,
    ),
    solid(box(184, 196, 32, 66, 5), 'trim', 6),
    cord(polyline([214, 222], [292, 222]), 8, 'dark'),
    line(circle(306, 222, 14), 'thread'),
    solid(can, 'body', 13),
    clip(can, [flat(box(90, 296, 220, 30), 'pale'), line(d`M130 311H${v.between(210, 240)}`, 'trim')]),
    flat(oval(200, 266, 34, 9), 'dark'),
    line(d`M166 96C156 78 178 72 168 52M232 96C222 78 244 72 234 52`, 'thread'),
  ];
};

/** Wide and low, for the beach fire. */
export const kettle = (v: Variation): readonly Mark[] => {
  const belly = v.between(118, 128);
  const pot = d`M${200 - belly + 30} 192C${200 - belly - 16} 220 ${200 - belly - 10} 320 ${200 - belly + 26} 330H${200 + belly - 26}C${200 + belly + 10} 320 ${200 + belly + 16} 220 ${200 + belly - 30} 192Z`;
  return [
    cord(d`M118 190C86 66 314 66 282 190`, 13, 'dark'),
    cord(d`M164 96C180 88 220 88 236 96`, 24, 'trim'),
    solid(d`M${200 + belly - 20} 236L366 170L380 192L${200 + belly} 296Z`, 'trim', 8),
    solid(pot, 'body', 15),
    clip(pot, [flat(box(40, 306, 320, 30), 'dark'), line(d`M70 232H330`, 'pale')]),
    solid(d`M128 192C140 166 260 166 272 192Z`, 'trim', 7),
    solid(circle(200, 164, 14), 'dark', 4),
    flat(circle(120, 190, 7), 'pale'),
    flat(circle(280, 190, 7), 'pale'),
  ];
};

/** A flask with its cup on. */
export const thermos = (v: Variation): readonly Mark[] => {
  const half = v.between(50, 58);
  const flask = box(200 - half, 132, half * 2, 236, 20);
  return [
    rotate(v.between(-5, 7), [
      solid(
        roundedPolygon(
          [
            [200 - half + 6, 34],
            [200 + half - 6, 34],
            [200 + half, 132],
            [200 - half, 132],
          ],
          14,
        ),
        'trim',
        10,
      ),
      line(d`M${200 - half + 8} 108H${200 + half - 8}`, 'pale'),
      solid(flask, 'body', 14),
      clip(flask, [
        flat(box(100, 132, 200, 14), 'dark'),
        ...(v.colourway % 2 === 0
          ? [
              flat(box(100, 214, 200, 62), 'pale'),
              line(
                d`M170 236C180 226 190 246 200 236S220 226 230 236M170 254C180 244 190 264 200 254S220 244 230 254`,
                'trim',
              ),
            ]
          : [flat(box(100, 300, 200, 40), 'pale'), flat(box(100, 288, 200, 6), 'pale')]),
      ]),
      flat(box(200 - half, 356, half * 2, 12, 6), 'dark'),
    ]),
  ];
};

/** Slung and empty. */
export const hammock = (v: Variation): readonly Mark[] => {
  const dip = v.between(292, 308);
  const cloth = d`M70 158C110 ${dip - 40} 150 ${dip} 200 ${dip}C250 ${dip} 290 ${dip - 40} 330 158C296 ${dip - 90} 250 ${dip - 62} 200 ${dip - 62}C150 ${dip - 62} 104 ${dip - 90} 70 158Z`;
  const back = d`M70 158C120 206 150 ${dip - 78} 200 ${dip - 76}C250 ${dip - 78} 280 206 330 158C296 ${dip - 90} 250 ${dip - 62} 200 ${dip - 62}C150 ${dip - 62} 104 ${dip - 90} 70 158Z`;
  return [
    solid(box(22, 60, 20, 290, 8), 'trim', 6),
    solid(box(358, 60, 20, 290, 8), 'trim', 6),
    cord(d`M40 112L72 160M360 112L328 160`, 8, 'dark'),
    cord(d`M20 110H44M356 110H380`, 14, 'dark'),
    flat(back, 'dark'),
    solid(cloth, 'body', 12),
    clip(cloth, [
      line(d`M70 158C120 ${dip - 60} 150 ${dip - 30} 200 ${dip - 28}C250 ${dip - 30} 280 ${dip - 60} 330 158`, 'pale'),
      flat(d`M60 150L120 ${dip - 40}L134 ${dip - 80}L80 150Z`, 'trim'),
      flat(d`M340 150L280 ${dip - 40}L266 ${dip - 80}L320 150Z`, 'trim'),
    ]),
    groundLine(352),
  ];
};

/** Hard with rope handles, or soft with a shoulder strap. */
export const cooler = (v: Variation): readonly Mark[] => {
  if (v.form(2) === 0) {
    const bag = roundedPolygon(
      [
        [92, 150],
        [308, 150],
        [322, 214],
        [312, 340],
        [88, 340],
        [78, 214],
      ],
      22,
    );
    return [
      cord(d`M96 180C40 40 360 40 304 180`, 15, 'dark'),
      solid(bag, 'body', 14),
      clip(bag, [
        flat(box(60, 296, 280, 60), 'trim'),
        flat(
          roundedPolygon(
            [
              [130, 214],
              [270, 214],
              [264, 286],
              [136, 286],
            ],
            10,
          ),
          'trim',
        ),
        stitch(d`M142 226H258`),
      ]),
      solid(box(84, 126, 232, 40, 16), 'trim', 9),
      cord(d`M104 146H296`, 5, 'pale'),
      flat(box(280, 138, 22, 30, 4), 'dark'),
    ];
  }
  const chest = roundedPolygon(
    [
      [74, 176],
      [326, 176],
      [316, 338],
      [84, 338],
    ],
    12,
  );
  return [
    cord(d`M74 206C30 214 30 276 78 280M326 206C370 214 370 276 322 280`, 11, 'pale'),
    solid(chest, 'body', 14),
    clip(chest, [flat(box(60, 300, 280, 50), 'trim'), line(d`M110 200V300M290 200V300`, 'trim')]),
    solid(box(60, 122, 280, 56, 14), 'trim', 11),
    line(d`M84 150H316`, 'body'),
    flat(box(126, 160, 26, 44, 5), 'dark'),
    flat(box(248, 160, 26, 44, 5), 'dark'),
    solid(circle(296, 318, 11), 'dark', 3),
    flat(box(168, 222, v.between(56, 68), 44, 3), 'pale'),
  ];
};

/** Enamel, with a chip or two. */
export const mug = (v: Variation): readonly Mark[] => {
  const low = v.between(306, 330);
  const cup = roundedPolygon(
    [
      [108, 120],
      [272, 120],
      [260, low],
      [120, low],
    ],
    20,
  );
  return [
    cord(d`M264 160C336 156 336 262 258 262`, 18, 'trim'),
    solid(cup, 'body', 14),
    clip(cup, [
      flat(box(80, 112, 220, 22), 'dark'),
      v.coinFlip() ? flat(circle(190, 218, 30), 'pale') : flat(box(80, 236, 220, 26), 'pale'),
      flat(circle(140, 300, 6), 'dark'),
    ]),
    flat(oval(190, 122, 78, 10), 'dark'),
  ];
};

/** Rolled in its straps. */
export const sleepingBag = (v: Variation): readonly Mark[] => {
  const roll = box(56, 132, 260, 148, 30);
  return [
    rotate(v.between(-10, -4), [
      solid(roll, 'body', 14),
      clip(roll, [line(d`M90 132V280M282 132V280`, 'trim')]),
      cord(polyline([120, 132], [120, 280]), 16, 'dark'),
      cord(polyline([220, 132], [220, 280]), 16, 'dark'),
      solid(oval(316, 206, 38, 74), 'trim', 9),
      line(d`M316 170C340 180 340 232 316 238C298 236 296 196 314 192C326 196 326 220 314 222`, 'pale'),
    ]),
  ];
};
