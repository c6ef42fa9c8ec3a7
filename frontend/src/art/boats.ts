import type { Mark } from './mark.ts';
import { cord, flat, line, solid, stitch, rotate, clip } from './mark.ts';
import { box, circle, d, lens, oval, polyline, smoothCurve, roundedPolygon } from './outline.ts';
import type { Variation } from './variation.ts';

const cockpit = (y: number, width: number, length: number): readonly Mark[] => [
  flat(oval(200, y, width + 5, length + 6), 'pale'),
  flat(oval(200, y, width, length), 'dark'),
  flat(box(200 - width * 0.62, y + length * 0.1, width * 1.24, length * 0.46, 8), 'trim'),
];

const hatch = (y: number, r: number): readonly Mark[] => [
  flat(circle(200, y, r), 'dark'),
  flat(circle(200, y, r - 4), 'trim'),
];

const bungee = (y: number, half: number, height: number): Mark =>
  line(
    d`M${200 - half} ${y}L${200 + half} ${y + height}M${200 + half} ${y}L${200 - half} ${y + height}M${200 - half} ${y + height / 2}L${200 + half} ${y + height / 2}`,
    'pale',
  );

/** A sea kayak seen a little from the side: deck above, hull below. */
const seaKayak = (v: Variation): readonly Mark[] => {
  const sheer = v.between(-4, 4);
  const hull = d`M12 ${186 + sheer}C70 206 120 236 200 237C280 236 330 206 388 ${182 - sheer}C340 172 270 165 200 165C130 165 70 174 12 ${186 + sheer}Z`;
  const deck = d`M12 ${186 + sheer}C80 206 130 215 200 215C270 215 330 204 388 ${182 - sheer}C340 172 270 165 200 165C130 165 70 174 12 ${186 + sheer}Z`;
  const lid = (x: number, rx: number, ry: number): readonly Mark[] => [
    flat(oval(x, 191, rx, ry), 'dark'),
    flat(oval(x, 190, rx - 4, ry - 3), 'trim'),
  ];
  return [
    rotate(v.coinFlip() ? -24 : -20, [
      solid(hull, 'body', 10),
      clip(hull, [flat(d`M0 ${208 + sheer}C100 244 300 244 400 206V260H0Z`, 'pale')]),
      clip(deck, [
        flat(deck, 'trim'),
        line(d`M12 186C120 186 280 186 388 182`, 'body'),
        ...lid(84, 20, 7),
        ...lid(286, 17, 7.5),
        ...lid(330, 16, 6),
        flat(oval(204, 191, 46, 18), 'pale'),
        flat(oval(204, 192, 38, 13.5), 'dark'),
        line(d`M112 178L152 204M112 204L152 178M132 176V208`, 'pale'),
      ]),
    ]),
  ];
};

/** The sea kayak from the side; wide lake boats, tandems and sit-on-tops from above. */
export const kayak = (v: Variation): readonly Mark[] => {
  const form = v.form(4);
  if (form === 1) return seaKayak(v);
  const reach = form === 0 ? 166 : form === 2 ? 186 : 172;
  const half = (form === 0 ? 43 : form === 2 ? 39 : 47) + v.between(-2, 3);
  const hull = lens(200 - reach, 200 + reach, half, 0.7);
  const deck: Mark[] = [
    flat(lens(200 - reach, 200 + reach * 0.2, half * 0.5, 0.4), 'trim'),
    line(polyline([200, 200 - reach], [200, 200 + reach]), 'dark'),
  ];
  if (form === 2) {
    deck.push(...cockpit(128, half * 0.6, 32), ...cockpit(248, half * 0.6, 32), ...hatch(330, 13));
  } else if (form === 3) {
    deck.push(flat(box(200 - half * 0.62, 172, half * 1.24, 96, 20), 'trim'));
    deck.push(flat(box(200 - half * 0.46, 214, half * 0.92, 44, 12), 'dark'));
    deck.push(
      line(d`M${200 - half * 0.5} 152h${half}M${200 - half * 0.5} 164h${half}`, 'pale'),
      ...hatch(312, 17),
      bungee(76, 17, 34),
    );
  } else {
    deck.push(...cockpit(206, half * 0.66, 60), ...hatch(200 + reach * 0.62, 16), bungee(104, half * 0.56, 26));
  }
  if (v.colourway % 2 === 1)
    deck.unshift(
      flat(box(130, 200 + reach * 0.76, 140, 16), 'pale'),
      flat(box(130, 200 - reach * 0.78, 140, 10), 'pale'),
    );
  return [rotate(v.coinFlip() ? 38 : -38, [solid(hull, 'body', 9), clip(hull, deck)])];
};

/** From the side, with its ribs and far gunwale showing. */
export const canoe = (v: Variation): readonly Mark[] => {
  const sheer = v.between(148, 164);
  const deep = v.between(262, 280);
  const form = v.form(3);
  const hull = d`M30 ${sheer}C36 ${deep - 30} 96 ${deep} 200 ${deep}C304 ${deep} 364 ${deep - 30} 370 ${sheer}C344 ${sheer + 34} 296 ${sheer + 44} 200 ${sheer + 46}C104 ${sheer + 44} 56 ${sheer + 34} 30 ${sheer}Z`;
  const inside = d`M30 ${sheer}C56 ${sheer + 34} 104 ${sheer + 44} 200 ${sheer + 46}C296 ${sheer + 44} 344 ${sheer + 34} 370 ${sheer}C320 ${sheer + 20} 270 ${sheer + 24} 200 ${sheer + 25}C130 ${sheer + 24} 80 ${sheer + 20} 30 ${sheer}Z`;
  const marks: Mark[] = [flat(inside, 'dark'), solid(hull, 'body', 12)];
  const paint: Mark[] = [];
  if (form === 0) {
    for (const drop of [66, 84, 101])
      paint.push(
        line(d`M20 ${sheer + drop - 44}C90 ${sheer + drop} 310 ${sheer + drop} 380 ${sheer + drop - 44}`, 'trim'),
      );
  } else if (form === 1) {
    paint.push(flat(d`M0 ${deep - 26}C110 ${deep - 8} 290 ${deep - 8} 400 ${deep - 26}V${deep + 20}H0Z`, 'trim'));
    paint.push(line(d`M20 ${deep - 32}C110 ${deep - 14} 290 ${deep - 14} 380 ${deep - 32}`, 'pale'));
  } else {
    paint.push(
      flat(polyline([20, 130], [84, 130], [98, 300], [20, 300]), 'trim'),
      flat(polyline([380, 130], [316, 130], [302, 300], [380, 300]), 'trim'),
    );
    paint.push(flat(circle(110, sheer + 72, 9), 'pale'));
  }
  marks.push(clip(hull, paint));
  marks.push(
    line(
      d`M30 ${sheer}C56 ${sheer + 34} 104 ${sheer + 44} 200 ${sheer + 46}C296 ${sheer + 44} 344 ${sheer + 34} 370 ${sheer}`,
      'pale',
    ),
  );
  for (const x of [128, 200, 272])
    marks.push(line(polyline([x, sheer + 23], [x + (x - 200) * 0.06, sheer + 44]), 'pale'));
  if (v.colourway > 1) {
    marks.unshift(
      rotate(
        62,
        [
          cord(polyline([200, 40], [200, 250]), 8, 'trim'),
          solid(lens(230, 340, 24, 0.8), 'trim', 6),
          cord(polyline([184, 40], [216, 40]), 10, 'trim'),
        ],
        200,
        200,
      ),
    );
  }
  return [rotate(v.between(-9, -3), marks)];
};

/** From above, pad and bungees up; some with their paddle. */
export const supBoard = (v: Variation): readonly Mark[] => {
  const half = v.between(46, 54);
  const form = v.form(3);
  const nose = form === 2 ? 16 : 24;
  const board = smoothCurve(
    [
      [200, nose],
      [200 + half * 0.62, 62],
      [200 + half, 160],
      [200 + half, 244],
      [200 + half * 0.8, 336],
      [200, 380],
      [200 - half * 0.8, 336],
      [200 - half, 244],
      [200 - half, 160],
      [200 - half * 0.62, 62],
    ],
    { isClosed: true },
  );
  const deck: Mark[] = [flat(box(200 - half * 0.78, 158, half * 1.56, 186, 26), form === 1 ? 'dark' : 'pale')];
  for (let y = 262; y < 330; y += 13) deck.push(line(polyline([200 - half * 0.58, y], [200 + half * 0.58, y]), 'trim'));
  deck.push(flat(box(184, 200, 32, 12, 6), form === 1 ? 'pale' : 'dark'), bungee(92, half * 0.46, 38));
  if (v.coinFlip()) deck.unshift(flat(polyline([100, 30], [300, 30], [300, 60], [100, 96]), 'trim'));
  else deck.unshift(flat(d`M150 20h14v140h-14ZM236 20h14v140h-14Z`, 'trim'));
  const marks: Mark[] = [solid(board, 'body', 9), clip(board, deck)];
  if (form !== 0) {
    const x = 302;
    marks.push(
      cord(polyline([x, 46], [x, 290]), 7, 'trim'),
      cord(polyline([x - 15, 46], [x + 15, 46]), 9, 'dark'),
      solid(lens(272, 372, 23, 0.85, x), 'trim', 6),
    );
  }
  return [rotate(form === 0 ? 24 : 12, marks, 220, 200)];
};

const surfOutline = (form: number, half: number): string => {
  switch (form) {
    case 0:
      return d`M200 24C${200 + half * 0.9} 96 ${200 + half * 1.25} 180 ${200 + half} 260C${200 + half * 0.9} 316 ${200 + half * 0.72} 344 ${200 + half * 0.55} 372L200 364L${200 - half * 0.55} 372C${200 - half * 0.72} 344 ${200 - half * 0.9} 316 ${200 - half} 260C${200 - half * 1.25} 180 ${200 - half * 0.9} 96 200 24Z`;
    case 2:
      return d`M200 46C${200 + half * 1.2} 84 ${200 + half * 1.25} 190 ${200 + half} 262C${200 + half * 0.92} 306 ${200 + half * 0.82} 330 ${200 + half * 0.72} 364L200 322L${200 - half * 0.72} 364C${200 - half * 0.82} 330 ${200 - half * 0.92} 306 ${200 - half} 262C${200 - half * 1.25} 190 ${200 - half * 1.2} 84 200 46Z`;
    case 4:
      return roundedPolygon(
        [
          [150, 60],
          [250, 60],
          [290, 130],
          [286, 320],
          [240, 342],
          [200, 318],
          [160, 342],
          [114, 320],
          [110, 130],
        ],
        34,
      );
    default:
      return smoothCurve(
        [
          [200, 18],
          [200 + half * 0.84, 58],
          [200 + half, 170],
          [200 + half * 0.94, 270],
          [200 + half * 0.5, 366],
          [200, 380],
          [200 - half * 0.5, 366],
          [200 - half * 0.94, 270],
          [200 - half, 170],
          [200 - half * 0.84, 58],
        ],
        { isClosed: true },
      );
  }
};

/** A surfboard: shortboard, longboard, fish, soft board; or a bodyboard. */
export const board = (v: Variation): readonly Mark[] => {
  const form = v.form(5);
  const half = [36, 50, 60, 62, 0][form] ?? 40;
  const outline = surfOutline(form, half);
  const paint: Mark[] = [];
  if (form === 4) {
    paint.push(flat(box(100, 88, 200, 26), 'trim'), flat(box(100, 122, 200, 8), 'pale'));
    paint.push(
      stitch(
        roundedPolygon(
          [
            [160, 76],
            [240, 76],
            [274, 136],
            [270, 306],
            [200, 304],
            [130, 306],
            [126, 136],
          ],
          26,
        ),
      ),
      flat(circle(200, 196, 9), 'dark'),
    );
  } else if (form === 3) {
    paint.push(flat(box(100, 214, 200, 130, 0), 'pale'), flat(box(100, 202, 200, 6), 'pale'));
    for (let y = 226; y < 340; y += 16) paint.push(line(polyline([110, y], [290, y]), 'body'));
    paint.push(flat(box(186, 112, 28, 52, 12), 'trim'), line(polyline([200, 18], [200, 104]), 'trim'));
  } else {
    if (form === 1)
      paint.push(
        flat(box(100, 92, 200, 26), 'trim'),
        flat(box(100, 126, 200, 8), 'pale'),
        flat(box(100, 300, 200, 8), 'trim'),
      );
    else if (form === 2)
      paint.push(
        flat(polyline([100, 250], [300, 190], [300, 400], [100, 400]), 'trim'),
        flat(polyline([100, 232], [300, 172], [300, 182], [100, 242]), 'pale'),
      );
    else paint.push(flat(d`M182 0h8v400h-8ZM210 0h8v400h-8Z`, 'trim'), flat(circle(200, 120, 20), 'pale'));
    paint.push(line(polyline([200, 20], [200, 372]), 'dark'), flat(circle(200, form === 2 ? 300 : 344, 4), 'dark'));
  }
  return [rotate(v.between(15, 27) * (v.coinFlip() ? 1 : -1), [solid(outline, 'body', 10), clip(outline, paint)])];
};

/** A small sailing boat under way. */
export const dinghy = (v: Variation): readonly Mark[] => {
  const full = v.between(274, 304);
  const main = d`M208 44C${full - 30} 130 ${full - 8} 200 ${full} 262L208 268Z`;
  const jib = d`M194 84C170 150 130 214 86 262C130 266 164 266 194 262Z`;
  const hull = d`M62 284L338 284C330 320 306 340 270 342L130 342C100 334 78 316 62 284Z`;
  return [
    line(polyline([201, 36], [201, 286]), 'thread'),
    solid(main, v.colourway % 2 === 0 ? 'pale' : 'trim', 8),
    clip(main, [line(d`M200 120H300M200 170H300M200 220H300`, 'trim'), flat(circle(232, 196, 12), 'dark')]),
    solid(jib, 'pale', 7),
    solid(hull, 'body', 11),
    clip(hull, [flat(box(40, 284, 320, 14), 'trim'), line(d`M50 318H350`, 'pale')]),
    line(d`M36 356C70 346 90 366 124 356S180 346 212 356S268 366 300 356S346 348 366 356`, 'thread'),
  ];
};
