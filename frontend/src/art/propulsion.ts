import type { Mark } from './mark.ts';
import { cord, flat, line, solid, rotate, clip } from './mark.ts';
import { box, circle, d, lens, oval, polyline, roundedPolygon } from './outline.ts';
import type { Variation } from './variation.ts';

const blade = (top: number, bottom: number, half: number, form: number): string => {
  const middle = (top + bottom) / 2;
  if (form === 1)
    return d`M200 ${top}C${200 + half * 1.5} ${top + 4} ${200 + half * 1.2} ${middle} ${200 + half * 0.7} ${bottom - 12}L200 ${bottom}C${200 - half} ${bottom - 26} ${200 - half * 1.1} ${middle - 14} ${200 - half * 0.8} ${top + 26}Z`;
  if (form === 2) return box(200 - half * 0.58, top, half * 1.16, bottom - top, half * 0.5);
  return lens(top, bottom, half, 0.86);
};

/** Double blades of three schools, or the long single blade for standing up. */
export const paddle = (v: Variation): readonly Mark[] => {
  const form = [1, 0, 2, 3, 1][v.form(5)] ?? 0;
  const half = v.between(25, 31);
  const lean = v.coinFlip() ? 42 : -42;
  if (form === 3) {
    const shape = d`M192 262C${176 - half * 0.3} 282 ${166 - half * 0.4} 320 178 374C192 384 214 382 226 372C238 322 226 284 208 262Z`;
    return [
      rotate(lean * 0.8, [
        solid(box(195, 34, 10, 240, 5), 'trim', 4),
        solid(
          roundedPolygon(
            [
              [170, 14],
              [230, 14],
              [224, 36],
              [206, 42],
              [194, 42],
              [176, 36],
            ],
            10,
          ),
          'dark',
          5,
        ),
        flat(box(192, 98, 16, 24, 3), 'pale'),
        flat(box(192, 186, 16, 10, 3), 'pale'),
        solid(shape, 'body', 8),
        clip(shape, [
          flat(box(100, 340, 200, 60), 'trim'),
          line(polyline([201, 262], [203, 336]), 'dark'),
          flat(box(100, 326, 200, 7), 'pale'),
        ]),
      ]),
    ];
  }
  const length = [112, 92, 132][form] ?? 100;
  const wide = form === 1 ? half + 8 : form === 0 ? half - 4 : half;
  const top = blade(14, 14 + length, wide, form);
  const bottom = blade(386 - length, 386, wide, form);
  const paint = (from: number, to: number, tip: number): readonly Mark[] => [
    line(polyline([200, from], [200, to]), 'dark'),
    v.colourway % 2 === 0
      ? flat(box(140, tip - 12, 120, 24), 'trim')
      : flat(polyline([130, tip - 20], [270, tip + 30], [270, tip + 44], [130, tip - 6]), 'pale'),
  ];
  return [
    rotate(lean, [
      solid(box(195, 80, 10, 240, 5), form === 0 ? 'dark' : 'trim', 4),
      flat(box(192, 188, 16, 26, 3), 'dark'),
      ...(form === 1 ? [flat(box(188, 122, 24, 8, 4), 'pale'), flat(box(188, 270, 24, 8, 4), 'pale')] : []),
      solid(top, 'body', 8),
      clip(top, paint(24, 14 + length, 40)),
      rotate(
        180,
        [
          solid(form === 1 ? top : bottom, 'body', 8),
          clip(form === 1 ? top : bottom, paint(24, 14 + length, form === 1 ? 40 : 360)),
        ],
        200,
        form === 1 ? 200 : 386 - length / 2,
      ),
    ]),
  ];
};

const canoePaddle = (v: Variation): readonly Mark[] => {
  const shape = roundedPolygon(
    [
      [194, 196],
      [206, 196],
      [228, 250],
      [231, 336],
      [200, 378],
      [169, 336],
      [172, 250],
    ],
    24,
  );
  return [
    rotate(v.coinFlip() ? 36 : -36, [
      solid(box(194, 40, 12, 170, 5), 'pale', 4),
      solid(
        roundedPolygon(
          [
            [172, 20],
            [228, 20],
            [222, 46],
            [207, 54],
            [193, 54],
            [178, 46],
          ],
          12,
        ),
        'body',
        6,
      ),
      solid(shape, 'body', 9),
      clip(shape, [
        flat(d`M186 180h6v220h-6ZM208 180h6v220h-6Z`, 'pale'),
        line(polyline([200, 200], [200, 330]), 'dark'),
        flat(box(100, 350, 200, 40), 'trim'),
      ]),
    ]),
  ];
};

/** One long-bladed canoe paddle, or a crossed pair of oars as they are stowed. */
export const oar = (v: Variation): readonly Mark[] => {
  const form = v.form(4);
  const half = v.between(22, 28);
  if (form === 3) return canoePaddle(v);
  const one = (degrees: number): Mark => {
    const shape =
      form === 0
        ? roundedPolygon(
            [
              [190, 40],
              [210, 40],
              [200 + half, 62],
              [200 + half - 2, 122],
              [206, 150],
              [194, 150],
              [200 - half + 2, 122],
              [200 - half, 62],
            ],
            14,
          )
        : roundedPolygon(
            [
              [192, 30],
              [200 + half * 1.5, 36],
              [200 + half * 1.4, 116],
              [206, 142],
              [194, 142],
              [190, 110],
            ],
            12,
          );
    return rotate(
      degrees,
      [
        solid(box(194.5, 120, 11, 236, 5), 'pale', 4),
        solid(box(191, 338, 18, 46, 8), 'dark', 4),
        flat(box(190, 226, 20, 44, 3), 'trim'),
        flat(box(186, 222, 28, 8, 3), 'dark'),
        solid(shape, 'body', 8),
        clip(shape, [
          flat(box(120, form === 0 ? 52 : 46, 160, 16), 'trim'),
          line(polyline([200, 30], [200, 150]), 'dark'),
        ]),
      ],
      200,
      216,
    );
  };
  return [one(27), one(-27)];
};

/** A tall floor pump for boards, with its gauge and hose. */
const floorPump = (v: Variation): readonly Mark[] => {
  const tube = box(176, 132, 48, 214, 8);
  return [
    cord(d`M226 330C300 334 316 280 308 220S330 120 346 108`, 13, 'trim'),
    flat(box(332, 84, 26, 30, 6), 'dark'),
    solid(
      roundedPolygon(
        [
          [112, 344],
          [288, 344],
          [300, 374],
          [100, 374],
        ],
        10,
      ),
      'trim',
      8,
    ),
    solid(box(193, 66, 14, 80, 4), 'pale', 5),
    solid(box(118, 34, 164, 30, 15), 'trim', 8),
    solid(circle(200, 60, 30), 'pale', 6),
    line(d`M200 60L${200 + v.between(4, 14)} 42M182 72A22 22 0 1 1 218 72`, 'dark'),
    solid(tube, 'body', 11),
    clip(tube, [
      flat(box(100, 132, 200, 18), 'dark'),
      flat(box(100, 220, 200, 44), 'pale'),
      flat(box(100, 318, 200, 8), 'pale'),
    ]),
  ];
};

/** A hand bilge pump with its handle drawn, or a floor pump. */
export const pump = (v: Variation): readonly Mark[] => {
  if (v.form(2) === 0) return floorPump(v);
  const half = v.between(27, 33);
  const tube = box(200 - half, 128, half * 2, 226, 12);
  return [
    rotate(v.coinFlip() ? 32 : -32, [
      solid(box(193, 58, 14, 90, 4), 'pale', 5),
      solid(box(146, 34, 108, 28, 13), 'trim', 8),
      cord(d`M${200 + half - 4} 160C${200 + half + 30} 158 ${200 + half + 38} 176 ${200 + half + 36} 200`, 24, 'trim'),
      solid(tube, 'body', 12),
      clip(tube, [
        flat(box(100, 128, 200, 22), 'trim'),
        flat(box(100, 316, 200, 44), 'trim'),
        flat(box(100, 196, 200, 60), 'pale'),
        line(d`M${200 - half} 330h${half * 2}M${200 - half} 342h${half * 2}`, 'dark'),
      ]),
    ]),
  ];
};

/** Blade, head and tiller of a small boat's rudder. */
export const rudder = (v: Variation): readonly Mark[] => {
  const rake = v.between(-8, 16);
  const shape = d`M196 150L262 152C${286 + rake} 230 ${284 + rake} 310 ${262 + rake} 368C${240 + rake} 376 ${216 + rake} 366 ${206 + rake} 348C202 290 196 220 196 150Z`;
  const head = roundedPolygon(
    [
      [170, 84],
      [268, 84],
      [276, 176],
      [176, 182],
    ],
    14,
  );
  return [
    rotate(v.between(-6, 4), [
      cord(polyline([214, 92], [58, 62]), 14, 'pale'),
      cord(polyline([96, 68], [58, 62]), 18, 'dark'),
      solid(shape, 'body', 11),
      clip(shape, [
        flat(box(150, 316, 180, 90), 'trim'),
        line(d`M214 190C222 240 226 280 226 312`, 'pale'),
        v.coinFlip() ? flat(box(150, 300, 180, 8), 'pale') : line(d`M240 190C250 240 252 280 252 312`, 'pale'),
      ]),
      solid(head, 'trim', 9),
      flat(circle(240, 152, 9), 'pale'),
      flat(circle(240, 152, 4), 'dark'),
      flat(box(152, 98, 26, 12, 3), 'dark'),
      flat(box(156, 154, 26, 12, 3), 'dark'),
    ]),
  ];
};

/** A mainsail with battens, a jib, or a storm triangle. */
export const sail = (v: Variation): readonly Mark[] => {
  const form = [1, 0, 2][v.form(3)] ?? 0;
  const roach = v.between(12, 34);
  const cloth =
    form === 1
      ? d`M112 40C190 140 250 230 330 342C250 358 180 356 118 338C124 240 122 140 112 40Z`
      : form === 2
        ? d`M110 120C180 190 240 230 330 300C250 336 180 340 116 336C120 260 118 190 110 120Z`
        : d`M116 34L150 36C${236 + roach} 130 ${278 + roach} 230 320 334L116 352Z`;
  const paint: Mark[] = [];
  if (form === 0) {
    for (const [y, x] of [
      [110, 196],
      [180, 234],
      [250, 264],
    ] as const)
      paint.push(line(polyline([x - 60, y + 6], [x + 90, y - 8]), 'trim'));
    paint.push(flat(polyline([100, 20], [240, 20], [240, 78], [100, 92]), 'trim'));
    paint.push(
      flat(
        v.coinFlip()
          ? circle(164, 146, 17)
          : roundedPolygon(
              [
                [164, 126],
                [184, 150],
                [164, 174],
                [144, 150],
              ],
              3,
            ),
        'dark',
      ),
    );
  } else {
    const slope = v.between(30, 50);
    for (const y of [120, 190, 260]) paint.push(line(polyline([90, y + 30], [330, y - slope]), 'trim'));
    paint.push(flat(polyline([60, 300], [360, 300], [360, 380], [60, 380]), 'trim'));
  }
  return [
    line(form === 0 ? polyline([104, 24], [104, 376]) : polyline([104, 24], [122, 360]), 'thread'),
    ...(form === 0 ? [cord(polyline([104, 364], [332, 350]), 10, 'trim')] : []),
    solid(cloth, v.colourway === 1 ? 'body' : 'pale', 12),
    clip(cloth, paint),
    flat(circle(form === 1 ? 122 : 120, form === 0 ? 342 : 330, 5), 'dark'),
  ];
};

/** A roller block for sheets. */
export const block = (v: Variation): readonly Mark[] => {
  const r = v.between(70, 80);
  return [
    cord(d`M${200 - r + 14} 226V384M${200 + r - 14} 226V300`, 15, 'pale'),
    cord(d`M200 62C160 62 160 118 200 118C240 118 240 62 200 62Z`, 13, 'dark'),
    solid(oval(200, 212, r, r + 22), 'body', 12),
    solid(circle(200, 222, r * 0.58), 'trim', 8),
    flat(circle(200, 222, r * 0.22), 'pale'),
    flat(circle(200, 222, r * 0.09), 'dark'),
    ...(v.form(2) === 0 ? [line(polyline([200, 112], [200, 178]), 'pale')] : [flat(circle(200, 144, 8), 'pale')]),
  ];
};
