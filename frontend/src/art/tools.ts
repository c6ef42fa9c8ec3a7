import type { Mark } from './mark.ts';
import { cord, flat, line, solid, stitch, rotate, clip } from './mark.ts';
import { box, circle, d, oval, polyline, roundedPolygon } from './outline.ts';
import type { Variation } from './variation.ts';

const ticks = (x: number, y: number, from: number, to: number, count: number): string =>
  Array.from({ length: count }, (_, tick) => {
    const angle = (tick / count) * Math.PI * 2;
    const [sx, sy] = [Math.sin(angle), -Math.cos(angle)];
    return d`M${x + sx * from} ${y + sy * from}L${x + sx * to} ${y + sy * to}`;
  }).join('');

const needle = (x: number, y: number, reach: number, lean: number): readonly Mark[] => [
  rotate(
    lean,
    [
      flat(polyline([x, y - reach], [x + 13, y], [x - 13, y]), 'trim'),
      flat(polyline([x, y + reach], [x + 13, y], [x - 13, y]), 'pale'),
      flat(circle(x, y, 5), 'dark'),
    ],
    x,
    y,
  ),
];

/** For the deck, for the hand, or for the chart table. */
export const compass = (v: Variation): readonly Mark[] => {
  const form = [1, 0, 0, 2, 1][v.form(5)] ?? 0;
  const lean = v.between(18, 48);
  if (form === 2) {
    const plate = box(112, 40, 176, 320, 16);
    return [
      rotate(-14, [
        cord(d`M200 360C190 392 240 396 240 372`, 8, 'thread'),
        solid(plate, 'pale', 10),
        clip(plate, [
          line(d`M128 60V150M128 60H140M128 78H136M128 96H140M128 114H136M128 132H140`, 'trim'),
          line(d`M272 56L272 130M200 60V150L186 132M200 150L214 132`, 'trim'),
          stitch(d`M130 336H270`, 'trim'),
        ]),
        solid(circle(200, 240, 78), 'body', 11),
        flat(circle(200, 240, 60), 'pale'),
        line(ticks(200, 240, 50, 58, 24), 'dark'),
        ...needle(200, 240, 44, lean),
      ]),
    ];
  }
  if (form === 1) {
    return [
      cord(d`M128 108C84 20 300 -10 290 76C284 110 262 100 268 122`, 10, 'trim'),
      solid(circle(200, 228, 136), 'trim', 14),
      solid(circle(200, 228, 108), 'body', 10),
      flat(circle(200, 228, 86), 'dark'),
      line(ticks(200, 228, 70, 82, 36), 'pale'),
      ...needle(200, 228, 60, lean),
      flat(polyline([200, 126], [212, 146], [188, 146]), 'pale'),
      line(d`M132 172A88 88 0 0 1 186 142`, 'pale'),
    ];
  }
  const dome = d`M92 232C92 120 140 84 200 84C260 84 308 120 308 232Z`;
  return [
    cord(d`M40 330L98 288M360 330L302 288`, 10, 'thread'),
    solid(dome, 'pale', 12),
    clip(dome, [
      flat(d`M92 200C130 176 270 176 308 200V240H92Z`, 'body'),
      flat(oval(200, 196, 92, 26), 'trim'),
      line(d`M128 196H140M160 210L166 202M200 214V204M240 210L234 202M272 196H260`, 'pale'),
      ...needle(200, 190, 30, 90 - lean),
      line(d`M118 168C124 132 148 112 172 106`, 'body'),
    ]),
    solid(
      roundedPolygon(
        [
          [84, 226],
          [316, 226],
          [330, 316],
          [70, 316],
        ],
        18,
      ),
      'body',
      12,
    ),
    line(d`M96 252H304`, 'pale'),
    flat(box(176, 268, 48, 24, 4), 'dark'),
    flat(circle(98, 292, 8), 'dark'),
    flat(circle(302, 292, 8), 'dark'),
  ];
};

const headLamp = (v: Variation): readonly Mark[] => {
  const body = roundedPolygon(
    [
      [132, 166],
      [268, 166],
      [282, 200],
      [276, 268],
      [232, 284],
      [168, 284],
      [124, 268],
      [118, 200],
    ],
    20,
  );
  return [
    cord(d`M200 214C40 214 30 96 200 92C370 96 360 214 200 214`, 30, 'dark'),
    line(d`M62 128C100 100 150 92 200 92S300 100 338 128`, 'trim'),
    solid(body, 'body', 12),
    solid(circle(182, 224, v.between(40, 48)), 'pale', 7),
    flat(circle(182, 224, 30), 'trim'),
    flat(circle(174, 216, 12), 'pale'),
    solid(circle(250, 220, 15), 'pale', 4),
    flat(box(224, 156, 40, 14, 4), 'dark'),
    line(d`M120 318L92 350M170 326L162 366M226 326L236 366M276 316L306 346`, 'thread'),
  ];
};

const clipLight = (v: Variation): readonly Mark[] => {
  const body = roundedPolygon(
    [
      [146, 106],
      [254, 106],
      [268, 160],
      [262, 250],
      [138, 250],
      [132, 160],
    ],
    18,
  );
  return [
    rotate(v.between(6, 14), [
      solid(
        roundedPolygon(
          [
            [160, 236],
            [240, 236],
            [226, 366],
            [200, 380],
            [174, 366],
          ],
          14,
        ),
        'trim',
        9,
      ),
      line(d`M178 264H222M182 282H218M184 300H216`, 'body'),
      solid(body, 'body', 12),
      clip(body, [
        flat(box(120, 132, 80, 84), 'pale'),
        flat(box(200, 132, 80, 84), 'trim'),
        line(d`M160 132V216M180 132V216M220 132V216M240 132V216`, 'dark'),
        line(polyline([200, 130], [200, 218]), 'dark'),
      ]),
      flat(box(176, 84, 48, 26, 8), 'dark'),
    ]),
    line(d`M96 120L62 100M90 174H48M304 120L338 100M312 174H352`, 'thread'),
  ];
};

const lantern = (v: Variation): readonly Mark[] => {
  const globe = d`M136 176C120 240 130 280 152 300H248C270 280 280 240 264 176Z`;
  return [
    cord(d`M122 176C96 52 304 52 278 176`, 9, 'dark'),
    solid(
      roundedPolygon(
        [
          [166, 96],
          [234, 96],
          [246, 128],
          [154, 128],
        ],
        12,
      ),
      'trim',
      7,
    ),
    solid(
      roundedPolygon(
        [
          [128, 126],
          [272, 126],
          [280, 180],
          [120, 180],
        ],
        14,
      ),
      'body',
      10,
    ),
    solid(globe, 'pale', 12),
    clip(globe, [
      flat(oval(200, 246, v.between(32, 40), 48), 'trim'),
      flat(oval(196, 256, 19, 30), 'pale'),
      line(d`M156 180C146 230 150 270 164 298M244 180C254 230 250 270 236 298`, 'body'),
    ]),
    solid(
      roundedPolygon(
        [
          [132, 296],
          [268, 296],
          [284, 352],
          [116, 352],
        ],
        14,
      ),
      'body',
      11,
    ),
    line(d`M124 322H276`, 'pale'),
    flat(circle(200, 338, 6), 'dark'),
    line(d`M92 220L56 212M94 262L60 276M308 220L344 212M306 262L340 276`, 'thread'),
  ];
};

/** A lantern, a head lamp, or a clip-on light in two colours. */
export const lamp = (v: Variation): readonly Mark[] => ([clipLight, lantern, headLamp][v.form(3)] ?? lantern)(v);

const rescueKnife = (lean: number): readonly Mark[] => {
  const sheath = roundedPolygon(
    [
      [168, 196],
      [232, 196],
      [236, 362],
      [164, 362],
    ],
    14,
  );
  return [
    rotate(lean * 0.5, [
      solid(
        roundedPolygon(
          [
            [176, 28],
            [224, 28],
            [230, 92],
            [224, 178],
            [176, 178],
            [170, 92],
          ],
          16,
        ),
        'body',
        10,
      ),
      line(d`M178 70H222M176 92H224M176 114H224M178 136H222`, 'dark'),
      flat(circle(200, 48, 8), 'dark'),
      solid(box(156, 174, 88, 26, 8), 'dark', 6),
      solid(sheath, 'trim', 12),
      clip(sheath, [flat(box(140, 300, 120, 80), 'body'), stitch(d`M178 212V350M222 212V350`)]),
      flat(box(186, 226, 28, 44, 4), 'pale'),
    ]),
  ];
};

const filletKnife = (lean: number): readonly Mark[] => {
  return [
    rotate(
      lean,
      [
        solid(d`M126 40C136 120 138 190 130 236L104 236C96 160 104 90 126 40Z`, 'trim', 8),
        stitch(d`M122 80C128 130 128 180 122 224`),
        solid(d`M226 14C258 90 262 170 246 240L216 240C218 160 222 90 226 14Z`, 'pale', 7),
        line(d`M230 60C242 110 244 170 236 232`, 'trim'),
        solid(
          roundedPolygon(
            [
              [206, 236],
              [254, 236],
              [258, 300],
              [246, 372],
              [222, 380],
              [210, 366],
              [216, 300],
            ],
            12,
          ),
          'body',
          10,
        ),
        flat(box(202, 232, 56, 14, 4), 'dark'),
        flat(circle(234, 276, 5), 'dark'),
        flat(circle(232, 326, 5), 'dark'),
      ],
      190,
      200,
    ),
  ];
};

const foldingKnife = (lean: number, hasSpike: boolean): readonly Mark[] => {
  const blade = d`M188 196L176 74C176 42 208 30 230 50L226 196Z`;
  const handle = roundedPolygon(
    [
      [170, 178],
      [234, 178],
      [242, 260],
      [228, 350],
      [196, 372],
      [170, 346],
      [164, 260],
    ],
    22,
  );
  return [
    rotate(lean, [
      ...(hasSpike
        ? [rotate(-52, [solid(d`M214 346L222 196C224 176 210 168 204 184L194 340Z`, 'dark', 5)], 208, 338)]
        : []),
      solid(blade, 'pale', 7),
      line(d`M196 72L204 180`, 'trim'),
      flat(box(206, 62, 8, 40, 4), 'dark'),
      solid(handle, 'body', 12),
      clip(handle, [flat(box(140, 178, 120, 26), 'trim'), flat(box(140, 338, 120, 50), 'trim')]),
      flat(circle(202, 192, 6), 'dark'),
      flat(circle(200, 268, 5), 'dark'),
      cord(d`M198 352C190 396 244 400 240 362`, 9, 'thread'),
    ]),
  ];
};

/** A bosun's folding knife with its spike, a blunt rescue knife in its sheath, a fillet knife, or a plain folder. */
export const knife = (v: Variation): readonly Mark[] => {
  const form = v.form(4);
  const lean = v.between(-44, -36);
  if (form === 0) return rescueKnife(lean);
  return form === 3 ? filletKnife(lean) : foldingKnife(lean, form === 2);
};

/** Marine glasses with their strap, or a pair for the pocket. */
export const binoculars = (v: Variation): readonly Mark[] => {
  const isSmall = v.form(2) === 0;
  const barrel = (x: number): readonly Mark[] => {
    const half = isSmall ? 38 : 50;
    const tube = isSmall
      ? roundedPolygon(
          [
            [x - 28, 120],
            [x + 28, 120],
            [x + half, 210],
            [x + half, 318],
            [x - half, 318],
            [x - half, 210],
          ],
          12,
        )
      : roundedPolygon(
          [
            [x - 30, 96],
            [x + 30, 96],
            [x + 34, 150],
            [x + half + 8, 196],
            [x + half + 6, 330],
            [x - half - 6, 330],
            [x - half - 8, 196],
            [x - 34, 150],
          ],
          14,
        );
    return [
      solid(box(x - 26, isSmall ? 92 : 66, 52, 44, 8), 'trim', 6),
      solid(tube, 'body', 11),
      clip(tube, [
        flat(box(x - 80, isSmall ? 286 : 290, 160, 60), 'trim'),
        line(d`M${x - 40} 226H${x + 40}M${x - 40} 240H${x + 40}M${x - 40} 254H${x + 40}`, 'dark'),
      ]),
      flat(oval(x, isSmall ? 318 : 330, half - 4, 11), 'dark'),
      flat(oval(x - 5, isSmall ? 316 : 328, half - 22, 5), 'pale'),
    ];
  };
  const gap = isSmall ? 50 : 70;
  return [
    cord(
      isSmall
        ? d`M118 190C20 180 30 340 104 372`
        : d`M92 120C30 130 16 300 70 372C120 390 280 390 330 372C384 300 370 130 308 120`,
      9,
      'thread',
    ),
    solid(box(180, isSmall ? 150 : 130, 40, isSmall ? 90 : 130, 8), 'dark', 6),
    ...barrel(200 - gap),
    ...barrel(200 + gap),
    solid(box(186, isSmall ? 170 : 118, 28, 44, 10), 'trim', 5),
    line(d`M190 ${isSmall ? 182 : 132}H210M190 ${isSmall ? 192 : 142}H210`, 'pale'),
  ];
};
