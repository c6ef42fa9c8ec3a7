import type { Mark } from './mark.ts';
import { cord, flat, line, solid, stitch, rotate, clip } from './mark.ts';
import { box, circle, d, oval, polyline, roundedPolygon } from './outline.ts';
import type { Variation } from './variation.ts';

const spinReel = (x: number, y: number, size: number): readonly Mark[] => {
  const s = size;
  return [
    solid(
      roundedPolygon(
        [
          [x - 6 * s, y - 34 * s],
          [x + 6 * s, y - 34 * s],
          [x + 8 * s, y],
          [x - 8 * s, y],
        ],
        4 * s,
      ),
      'dark',
      3 * s,
    ),
    solid(circle(x, y + 14 * s, 27 * s), 'body', 6 * s),
    solid(
      roundedPolygon(
        [
          [x + 18 * s, y - 6 * s],
          [x + 66 * s, y - 12 * s],
          [x + 66 * s, y + 34 * s],
          [x + 18 * s, y + 34 * s],
        ],
        7 * s,
      ),
      'pale',
      5 * s,
    ),
    line(
      d`M${x + 34 * s} ${y - 8 * s}V${y + 34 * s}M${x + 44 * s} ${y - 8 * s}V${y + 34 * s}M${x + 54 * s} ${y - 8 * s}V${y + 34 * s}`,
      'trim',
    ),
    cord(
      d`M${x + 22 * s} ${y - 14 * s}C${x + 60 * s} ${y - 44 * s} ${x + 96 * s} ${y - 20 * s} ${x + 80 * s} ${y + 30 * s}`,
      4 * s,
      'dark',
    ),
    cord(d`M${x} ${y + 14 * s}L${x - 30 * s} ${y + 52 * s}`, 8 * s, 'dark'),
    solid(circle(x - 32 * s, y + 56 * s, 11 * s), 'trim', 3 * s),
    flat(circle(x, y + 14 * s, 9 * s), 'pale'),
  ];
};

const flyReel = (x: number, y: number, r: number): readonly Mark[] => {
  const holes = Array.from({ length: 8 }, (_, hole) => {
    const angle = (hole / 8) * Math.PI * 2;
    return flat(circle(x + Math.cos(angle) * r * 0.66, y + Math.sin(angle) * r * 0.66, r * 0.13), 'dark');
  });
  return [
    solid(circle(x, y, r), 'body', r * 0.1),
    line(circle(x, y, r * 0.88), 'pale'),
    ...holes,
    solid(circle(x, y, r * 0.36), 'trim', r * 0.07),
    flat(circle(x, y, r * 0.1), 'pale'),
    solid(box(x + r * 0.3, y - r * 0.86, r * 0.24, r * 0.5, r * 0.1), 'pale', r * 0.05),
  ];
};

/** A spinning rod, a short boat rod, or a fly rod, with what belongs on it. */
export const rod = (v: Variation): readonly Mark[] => {
  const form = [1, 0, 1, 2, 0, 2][v.form(6)] ?? 0;
  const top = form === 1 ? 26 : 2;
  const thick = form === 1 ? 9 : form === 2 ? 5 : 6;
  const rings = form === 1 ? [60, 112, 176] : [24, 62, 106, 156, 212];
  const blank = d`M${200 - thick / 2} 300L198 ${top}H202L${200 + thick / 2} 300Z`;
  const grip = box(189, 262, 22, 118, 9);
  const fishingLine = d`M${203 + (form === 1 ? 14 : 8)} ${rings[0] ?? 24}C216 120 222 200 214 262`;
  return [
    rotate(
      v.between(33, 41),
      [
        line(form === 2 ? d`M200 6C260 -10 330 40 318 110S352 200 330 236` : fishingLine, 'thread'),
        solid(blank, 'trim', 3),
        ...rings.map((y, index) =>
          line(circle(204 + (form === 1 ? 12 : 6 + index), y, form === 1 ? 9 : 4 + index * 1.4), 'thread'),
        ),
        ...rings.map((y) => flat(box(196, y - 4, 9, 8, 2), 'body')),
        solid(grip, form === 2 ? 'dark' : 'pale', 6),
        flat(box(186, 284, 28, 36, 4), 'dark'),
        flat(box(187, 372, 26, 12, 5), 'trim'),
        ...(form === 2 ? flyReel(226, 352, 30) : spinReel(224, 300, form === 1 ? 0.95 : 0.75)),
        ...(form === 1 ? [flat(circle(200, 26, 7), 'dark')] : []),
      ],
      200,
      210,
    ),
    ...(form === 2 ? [] : [line(d`M${v.between(88, 96)} 320C70 334 74 356 90 354`, 'thread')]),
  ];
};

/** For spinning, for the fly, or a multiplier. */
export const reel = (v: Variation): readonly Mark[] => {
  const form = v.form(3);
  if (form === 2) {
    return [
      solid(
        roundedPolygon(
          [
            [120, 40],
            [280, 40],
            [300, 62],
            [214, 78],
            [186, 78],
            [100, 62],
          ],
          10,
        ),
        'dark',
        7,
      ),
      solid(box(186, 66, 28, 40, 6), 'dark', 5),
      ...flyReel(200, 224, v.between(132, 142)),
    ];
  }
  if (form === 1) {
    return [
      solid(
        roundedPolygon(
          [
            [70, 36],
            [230, 36],
            [236, 58],
            [66, 58],
          ],
          10,
        ),
        'dark',
        6,
      ),
      solid(d`M132 52H168L176 170H140Z`, 'trim', 7),
      ...spinReel(156, 196, v.between(2.2, 2.4)),
    ];
  }
  const drum = box(112, 132, 176, v.between(140, 156), 12);
  return [
    solid(drum, 'pale', 10),
    clip(drum, [line(d`M100 156H300M100 174H300M100 192H300M100 210H300M100 228H300M100 246H300M100 264H300`, 'trim')]),
    solid(box(72, 106, 52, 204, 24), 'body', 10),
    solid(box(276, 106, 52, 204, 24), 'body', 10),
    solid(box(96, 304, 208, 30, 10), 'dark', 7),
    cord(d`M322 208L362 270`, 14, 'trim'),
    solid(circle(362, 276, 20), 'trim', 6),
    solid(circle(328, 206, 26), 'trim', 6),
  ];
};

/** A landing net, its handle drawn out. */
export const net = (v: Variation): readonly Mark[] => {
  const hoop = d`M200 232C116 218 92 150 108 92C120 50 160 32 200 32C240 32 280 50 292 92C308 150 284 218 200 232Z`;
  const mesh = Array.from(
    { length: 13 },
    (_, wire) => d`M${20 + wire * 26} 20L${180 + wire * 26} 320M${380 - wire * 26} 20L${220 - wire * 26} 320`,
  ).join('');
  const bag = d`M114 150C112 240 150 300 206 302C258 300 288 240 286 150Z`;
  return [
    rotate(v.between(26, 36), [
      clip(bag, [line(mesh, 'trim')]),
      line(bag, 'trim'),
      clip(hoop, [line(mesh, 'body')]),
      cord(hoop, 13, 'body'),
      solid(
        roundedPolygon(
          [
            [182, 216],
            [218, 216],
            [212, 262],
            [188, 262],
          ],
          6,
        ),
        'dark',
        5,
      ),
      solid(box(191, 256, 18, 84, 4), 'pale', 5),
      solid(box(188, 316, 24, 76, 10), 'trim', 6),
      line(d`M192 336H208M192 348H208M192 360H208`, 'pale'),
    ]),
  ];
};

/** Shut and latched. */
export const tackleBox = (v: Variation): readonly Mark[] => {
  const lid = roundedPolygon(
    [
      [76, 128],
      [324, 128],
      [340, 204],
      [60, 204],
    ],
    16,
  );
  const base = roundedPolygon(
    [
      [60, 204],
      [340, 204],
      [332, 326],
      [68, 326],
    ],
    14,
  );
  const latch = v.between(104, 124);
  return [
    cord(d`M142 130C146 72 254 72 258 130`, 16, 'dark'),
    solid(lid, 'trim', 11),
    clip(lid, [line(d`M100 160H300`, 'pale')]),
    solid(base, 'body', 12),
    clip(base, [line(d`M84 258H316M84 292H316M160 258V326M240 258V326`, 'dark'), flat(box(50, 204, 300, 14), 'dark')]),
    flat(box(latch - 12, 192, 30, 42, 4), 'pale'),
    flat(box(400 - latch - 18, 192, 30, 42, 4), 'pale'),
  ];
};

/** A spoon and a plug. */
export const lure = (v: Variation): readonly Mark[] => {
  const body = d`M64 190C110 130 230 130 300 186C318 200 318 206 300 214C230 262 110 258 64 190Z`;
  return [
    rotate(v.between(-24, -12), [
      line(d`M300 200H352M120 240C116 276 140 292 150 270M230 250C226 286 250 302 260 280`, 'thread'),
      solid(body, 'body', 12),
      clip(body, [
        flat(oval(200, 130, 180, 56), 'trim'),
        stitch(d`M110 200H240`),
        line(d`M244 160C254 186 254 212 244 240`, 'pale'),
      ]),
      flat(circle(274, 190, 12), 'pale'),
      flat(circle(276, 190, 6), 'dark'),
      solid(
        roundedPolygon(
          [
            [64, 190],
            [22, 150],
            [30, 190],
            [22, 232],
          ],
          4,
        ),
        'trim',
        5,
      ),
      flat(polyline([300, 204], [330, 236], [288, 222]), 'pale'),
    ]),
  ];
};
