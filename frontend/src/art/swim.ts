import type { Mark } from './mark.ts';
import { cord, flat, line, solid, stitch, rotate, clip } from './mark.ts';
import { box, circle, d, oval, polyline, smoothCurve, roundedPolygon } from './outline.ts';
import type { Variation } from './variation.ts';

/** A pair, long for diving or short for waves. */
export const fins = (v: Variation): readonly Mark[] => {
  const isShort = v.form(3) === 0;
  const tip = isShort ? 214 : 372;
  const flare = v.between(46, 54) + (isShort ? 8 : 0);
  const one = (x: number, lean: number): Mark => {
    const blade = isShort
      ? roundedPolygon(
          [
            [x - 36, 110],
            [x + 36, 110],
            [x + flare, 240],
            [x + flare + 6, 322],
            [x + 6, 300],
            [x - flare + 4, 280],
            [x - flare, 240],
          ],
          12,
        )
      : roundedPolygon(
          [
            [x - 36, 110],
            [x + 36, 110],
            [x + flare, 240],
            [x + flare + 2, tip],
            [x, tip - 18],
            [x - flare - 2, tip],
            [x - flare, 240],
          ],
          10,
        );
    return rotate(
      lean,
      [
        cord(d`M${x - 36} 100C${x - 40} 34 ${x + 40} 34 ${x + 36} 100`, 13, 'dark'),
        solid(blade, 'body', 11),
        clip(blade, [
          line(d`M${x - 14} 170L${x - 22} 400M${x + 14} 170L${x + 22} 400M${x} 176V400`, 'trim'),
          flat(box(x - 100, isShort ? 272 : tip - 50, 200, 100), 'trim'),
        ]),
        solid(
          roundedPolygon(
            [
              [x - 42, 84],
              [x + 42, 84],
              [x + 46, 150],
              [x + 24, 184],
              [x - 24, 184],
              [x - 46, 150],
            ],
            18,
          ),
          'trim',
          9,
        ),
        flat(oval(x, 94, 30, 17), 'dark'),
        flat(box(x - 16, 150, 32, 12, 5), 'pale'),
      ],
      x,
      200,
    );
  };
  return [one(124, isShort ? 6 : 4), one(276, isShort ? -6 : -4)];
};

/** Two panes and a skirt. */
export const mask = (v: Variation): readonly Mark[] => {
  const skirt = roundedPolygon(
    [
      [70, 116],
      [330, 116],
      [352, 200],
      [322, 276],
      [244, 292],
      [218, 246],
      [182, 246],
      [156, 292],
      [78, 276],
      [48, 200],
    ],
    40,
  );
  const pane = (mirror: 1 | -1): string => {
    const x = (offset: number): number => 200 + mirror * offset;
    return roundedPolygon(
      [
        [x(14), 142],
        [x(118), 142],
        [x(130), 200],
        [x(110), 252],
        [x(52), 262],
        [x(20), 218],
      ],
      24,
    );
  };
  return [
    cord(d`M66 170C6 120 60 66 200 66C340 66 394 120 334 170`, 22, 'dark'),
    line(d`M78 104C120 82 280 82 322 104`, 'trim'),
    solid(skirt, 'trim', 13),
    ...([1, -1] as const).flatMap((side) => [
      solid(pane(side), 'body', 7),
      clip(pane(side), [
        flat(
          d`M${200 + side * 70 - 60} 120H${200 + side * 70 + 6}L${200 + side * 70 - 46} 280H${200 + side * 70 - 112}Z`,
          'pale',
        ),
      ]),
    ]),
    flat(
      roundedPolygon(
        [
          [184, 236],
          [216, 236],
          [230, 290],
          [170, 290],
        ],
        14,
      ),
      'dark',
    ),
    flat(box(40, 176, 24, 40, 8), 'dark'),
    flat(box(336, 176, 24, 40, 8), 'dark'),
    line(d`M${v.between(110, 120)} 300C140 320 170 316 180 300M288 300C262 320 230 316 220 300`, 'thread'),
  ];
};

/** The plain J with its purge valve. */
export const snorkel = (v: Variation): readonly Mark[] => {
  const tube = d`M262 40C266 150 268 230 252 280C236 330 176 340 150 306C138 288 138 270 140 254`;
  return [
    rotate(v.between(-6, 10), [
      cord(tube, 38, 'body'),
      line(d`M250 110H276M251 124H277M252 138H278`, 'trim'),
      cord(d`M262 36L264 96`, 42, 'trim'),
      line(d`M244 74H284`, 'pale'),
      solid(
        roundedPolygon(
          [
            [112, 214],
            [168, 214],
            [176, 262],
            [104, 262],
          ],
          14,
        ),
        'trim',
        8,
      ),
      solid(
        roundedPolygon(
          [
            [100, 186],
            [180, 186],
            [176, 220],
            [104, 220],
          ],
          12,
        ),
        'dark',
        6,
      ),
      solid(circle(180, 330, 22), 'pale', 6),
      line(d`M170 330H190M180 320V340`, 'trim'),
      flat(box(238, 168, 56, 26, 6), 'dark'),
    ]),
  ];
};

/** One wide lens, or two small cups on a split strap. */
export const goggles = (v: Variation): readonly Mark[] => {
  const isWide = v.form(3) === 1;
  const strap = cord(d`M74 200C20 130 90 76 200 76C310 76 380 130 326 200`, isWide ? 22 : 11, 'trim');
  if (isWide) {
    const shine = v.between(136, 164);
    const lens = d`M60 196C70 150 150 146 200 160C250 146 330 150 340 196C346 250 306 276 262 274C230 272 220 246 200 240C180 246 170 272 138 274C94 276 54 250 60 196Z`;
    return [
      strap,
      solid(lens, 'dark', 8),
      solid(
        d`M76 198C86 166 152 162 200 174C248 162 314 166 324 198C328 238 298 260 264 258C236 256 224 232 200 226C176 232 164 256 136 258C102 260 72 238 76 198Z`,
        'body',
        9,
      ),
      line(d`M98 190C112 180 140 176 168 180`, 'pale'),
      flat(polyline([116, 176], [shine, 174], [shine - 38, 250], [92, 238]), 'pale'),
      flat(box(44, 180, 26, 44, 8), 'trim'),
      flat(box(330, 180, 26, 44, 8), 'trim'),
    ];
  }
  const cup = (mirror: 1 | -1): readonly Mark[] => {
    const x = (offset: number): number => 200 + mirror * offset;
    const rim = roundedPolygon(
      [
        [x(22), 180],
        [x(110), 168],
        [x(136), 210],
        [x(116), 262],
        [x(54), 272],
        [x(20), 238],
      ],
      30,
    );
    const glass = roundedPolygon(
      [
        [x(36), 194],
        [x(102), 184],
        [x(120), 212],
        [x(104), 248],
        [x(60), 256],
        [x(36), 230],
      ],
      22,
    );
    return [
      solid(rim, 'trim', 9),
      solid(glass, 'body', 7),
      flat(polyline([x(70) - 16, 196], [x(70) + 4, 194], [x(70) - 16, 246], [x(70) - 30, 240]), 'pale'),
    ];
  };
  return [
    cord(d`M74 206C30 90 150 40 200 44C250 40 370 90 326 206`, 9, 'trim'),
    strap,
    cord(polyline([174, 214], [226, 214]), 12, 'dark'),
    ...cup(1),
    ...cup(-1),
    flat(box(54, 196, 20, 30, 6), 'dark'),
    flat(box(326, 196, 20, 30, 6), 'dark'),
    line(d`M${v.between(120, 140)} 300H260`, 'thread'),
  ];
};

/** Inflated, with the leash around the waist. */
export const towFloat = (v: Variation): readonly Mark[] => {
  const float = roundedPolygon(
    [
      [110, 70],
      [262, 70],
      [284, 110],
      [284, 270],
      [262, 312],
      [110, 312],
      [88, 270],
      [88, 110],
    ],
    46,
  );
  return [
    rotate(v.between(-14, -8), [
      cord(d`M186 308C190 356 250 340 290 356S350 330 346 288`, 9, 'thread'),
      flat(box(322, 246, 46, 42, 8), 'dark'),
      cord(d`M150 74C150 30 222 30 222 74`, 13, 'dark'),
      solid(float, 'body', 15),
      clip(float, [
        flat(box(60, 120, 260, 40), 'pale'),
        line(d`M120 186H252M120 202H210`, 'trim'),
        flat(box(60, 262, 260, 60), 'trim'),
        stitch(d`M108 96H264M108 250H264`),
      ]),
      solid(circle(246, 224, 15), 'dark', 4),
      flat(circle(246, 224, 6), 'pale'),
    ]),
  ];
};

/** Folded, with a striped edge. */
export const towel = (v: Variation): readonly Mark[] => {
  const fold = (y: number, height: number, inset: number): string =>
    box(66 + inset, y, 268 - inset * 2, height, height / 2.4);
  const waffle = Array.from({ length: 8 }, (_, column) => d`M${96 + column * 30} 130V208`).join('');
  const top = roundedPolygon(
    [
      [72, 112],
      [328, 112],
      [340, 216],
      [60, 216],
    ],
    22,
  );
  const stripes = v.between(10, 16);
  return [
    solid(fold(280, 54, 4), 'trim', 8),
    line(d`M84 307H300`, 'dark'),
    solid(fold(244, 54, 2), 'body', 8),
    line(d`M84 271H300`, 'dark'),
    solid(fold(206, 54, 0), 'body', 8),
    line(d`M84 233H300`, 'dark'),
    solid(top, 'body', 12),
    clip(top, [
      line(`${waffle}M70 138H330M66 164H334M62 190H338`, 'trim'),
      flat(box(256, 100, stripes, 130), 'pale'),
      flat(box(256 + stripes * 1.7, 100, stripes, 130), 'pale'),
      flat(box(256 + stripes * 3.4, 100, stripes * 0.5, 130), 'pale'),
    ]),
    cord(
      smoothCurve([
        [96, 116],
        [88, 92],
        [108, 84],
        [116, 106],
      ]),
      7,
      'dark',
    ),
  ];
};
