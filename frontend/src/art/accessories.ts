import type { Mark } from './mark.ts';
import { cord, flat, line, translate, solid, stitch, rotate, clip } from './mark.ts';
import { box, circle, d, oval, polyline, roundedPolygon } from './outline.ts';
import type { Variation } from './variation.ts';

/** A pair: short neoprene with side zips, or tall rubber. */
export const boots = (v: Variation): readonly Mark[] => {
  const isTall = v.form(2) === 0;
  const top = isTall ? 54 : 140;
  const slope = v.between(-4, 6);
  const boot = roundedPolygon(
    [
      [134, top],
      [222, top + 2],
      [224, 236],
      [262, 262],
      [316 + slope, 284],
      [328, 312],
      [326, 338],
      [134, 338],
      [128, 270],
    ],
    17,
  );
  const one = (tone: 'body' | 'trim'): readonly Mark[] => [
    solid(boot, tone, 12),
    clip(boot, [
      flat(box(100, 314, 260, 40), 'dark'),
      line(d`M110 314H350`, 'pale'),
      ...(isTall
        ? [
            flat(box(100, top, 200, 30), tone === 'body' ? 'trim' : 'dark'),
            line(d`M120 ${top + 44}H240`, 'pale'),
            line(d`M222 236C206 246 196 262 196 290`, 'dark'),
          ]
        : [
            cord(d`M176 ${top - 4}C180 210 190 250 204 290`, 7, 'pale'),
            flat(
              roundedPolygon(
                [
                  [258, 262],
                  [340, 284],
                  [340, 314],
                  [270, 314],
                ],
                8,
              ),
              'dark',
            ),
            flat(box(110, top, 160, 15), 'dark'),
          ]),
    ]),
    ...(isTall ? [] : [flat(box(124, 268, 60, 12, 5), 'pale')]),
  ];
  return [translate(46, -22, one('trim')), translate(-16, 12, one('body'))];
};

const finger = (x: number, y: number, length: number, lean: number, isCut: boolean): Mark =>
  rotate(
    lean,
    [
      solid(box(x - 17, y, 34, length, isCut ? 3 : 17), 'body', 8),
      ...(isCut ? [flat(box(x - 17, y, 34, 9), 'dark')] : []),
    ],
    x,
    y + length,
  );

/** Paddle mitts, or gloves whose fingers end early for handling rope. */
export const gloves = (v: Variation): readonly Mark[] => {
  if (v.form(2) === 0) {
    const mitt = d`M108 118C112 70 288 70 292 118L306 270C308 304 270 316 250 300L240 262H160L150 300C130 316 92 304 94 270Z`;
    return [
      rotate(-90, [cord(polyline([200, 10], [200, 390]), 18, 'pale')], 200, 176),
      solid(mitt, 'body', 12),
      clip(mitt, [
        flat(d`M80 60H320V112C260 136 140 136 80 112Z`, 'trim'),
        line(polyline([200, 120], [200, 262]), 'dark'),
        stitch(d`M120 200C160 214 240 214 280 200`),
      ]),
      flat(box(150, 164, 100, 26, 13), 'dark'),
      rotate(v.between(-3, 3), [flat(box(132, 280, 8, 24, 4), 'dark'), flat(box(262, 280, 8, 24, 4), 'dark')]),
    ];
  }
  const palm = roundedPolygon(
    [
      [136, 178],
      [264, 178],
      [270, 250],
      [256, 312],
      [252, 362],
      [148, 362],
      [144, 312],
      [130, 250],
    ],
    16,
  );
  return [
    rotate(v.between(-9, -3), [
      finger(150, 96, 130, -8, true),
      finger(184, 72, 150, -2, true),
      finger(219, 76, 150, 3, true),
      finger(252, 104, 130, 9, true),
      rotate(44, [solid(box(268, 176, 38, 116, 10), 'body', 8), flat(box(268, 176, 38, 9), 'dark')], 280, 280),
      solid(palm, 'body', 12),
      clip(palm, [
        flat(
          roundedPolygon(
            [
              [146, 196],
              [256, 196],
              [258, 262],
              [144, 262],
            ],
            16,
          ),
          'trim',
        ),
        flat(box(120, 318, 160, 60), 'dark'),
        stitch(d`M150 206H250V254H150Z`),
      ]),
      flat(box(196, 328, 74, 22, 4), 'pale'),
    ]),
  ];
};

/** A brimmed hat with its chin cord, or a knitted cap. */
export const hat = (v: Variation): readonly Mark[] => {
  if (v.form(2) === 0) {
    const dome = d`M92 262C84 150 134 78 200 78C266 78 316 150 308 262Z`;
    const cuff = roundedPolygon(
      [
        [80, 244],
        [320, 244],
        [326, 318],
        [74, 318],
      ],
      18,
    );
    const ribs = Array.from({ length: 15 }, (_, rib) => d`M${92 + rib * 16} 246V318`).join('');
    const knit = Array.from(
      { length: 9 },
      (_, rib) =>
        d`M${200 + (rib - 4) * 25} 250C${200 + (rib - 4) * 23} 180 ${200 + (rib - 4) * 13} 110 ${200 + (rib - 4) * 2} 80`,
    ).join('');
    return [
      solid(dome, 'body', 13),
      clip(dome, [line(knit, 'trim')]),
      solid(cuff, 'trim', 10),
      clip(cuff, [line(ribs, 'body')]),
      flat(box(226, 262, 40, 36, 2), 'pale'),
    ];
  }
  const crown = d`M128 212C130 136 152 106 200 104C248 106 270 136 272 212C272 236 128 236 128 212Z`;
  const brim = oval(200, 222, v.between(154, 168), 52);
  return [
    cord(d`M120 244C132 316 176 344 200 350C224 344 268 316 280 244`, 6, 'dark'),
    flat(circle(200, 350, 8), 'pale'),
    rotate(v.between(-7, -3), [
      solid(brim, 'body', 11),
      stitch(oval(200, 222, 142, 42)),
      flat(oval(200, 212, 84, 30), 'dark'),
      solid(crown, 'body', 12),
      clip(crown, [
        flat(d`M100 186C150 206 250 206 300 186V250H100Z`, 'trim'),
        flat(circle(160, 160, 5), 'dark'),
        flat(circle(178, 156, 5), 'dark'),
      ]),
    ]),
  ];
};
