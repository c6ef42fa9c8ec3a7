import { d } from '../components/path-data.ts';

export type Point = readonly [x: number, y: number];

export { d };

export const circle = (x: number, y: number, r: number): string => oval(x, y, r, r);

export const oval = (x: number, y: number, rx: number, ry: number): string =>
  d`M${x - rx} ${y}A${rx} ${ry} 0 1 1 ${x + rx} ${y}A${rx} ${ry} 0 1 1 ${x - rx} ${y}Z`;

/** A rectangle with round corners. */
export const box = (x: number, y: number, width: number, height: number, r = 0): string => {
  const c = Math.min(r, width / 2, height / 2);
  if (c === 0) return d`M${x} ${y}H${x + width}V${y + height}H${x}Z`;
  return d`M${x + c} ${y}H${x + width - c}A${c} ${c} 0 0 1 ${x + width} ${y + c}V${y + height - c}A${c} ${c} 0 0 1 ${x + width - c} ${y + height}H${x + c}A${c} ${c} 0 0 1 ${x} ${y + height - c}V${y + c}A${c} ${c} 0 0 1 ${x + c} ${y}Z`;
};

export const polyline = (...points: readonly Point[]): string =>
  points.map(([x, y], index) => (index === 0 ? d`M${x} ${y}` : d`L${x} ${y}`)).join('');

/** A closed polygon whose corners are rounded by at most `r`. */
export const roundedPolygon = (points: readonly Point[], r = 12): string => {
  const corner = (from: Point, to: Point): Point => {
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const share = length === 0 ? 0 : Math.min(r, length / 2) / length;
    return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
  };
  const path = points.map((point, index) => {
    const before = points.at(index - 1) ?? point;
    const after = points[(index + 1) % points.length] ?? point;
    const [ax, ay] = corner(point, before);
    const [bx, by] = corner(point, after);
    return index === 0
      ? d`M${ax} ${ay}Q${point[0]} ${point[1]} ${bx} ${by}`
      : d`L${ax} ${ay}Q${point[0]} ${point[1]} ${bx} ${by}`;
  });
  return `${path.join('')}Z`;
};

/** Completes the right half, given from top to bottom, by its mirror image at `axis`. */
export const mirrored = (right: readonly Point[], axis = 200): readonly Point[] => [
  ...right,
  ...right.toReversed().map(([x, y]): Point => [2 * axis - x, y]),
];

/** A smooth line through all points, optionally closed. */
export const smoothCurve = (points: readonly Point[], { isClosed = false } = {}): string => {
  const point = (index: number): Point => {
    const last = points.length - 1;
    const wrapped = isClosed ? (index + points.length) % points.length : Math.max(0, Math.min(last, index));
    return points[wrapped] ?? [0, 0];
  };
  const [x0, y0] = point(0);
  let path = d`M${x0} ${y0}`;
  for (let index = 0; index < points.length - (isClosed ? 0 : 1); index++) {
    const [p, a, b, n] = [point(index - 1), point(index), point(index + 1), point(index + 2)];
    path += d`C${a[0] + (b[0] - p[0]) / 6} ${a[1] + (b[1] - p[1]) / 6} ${b[0] - (n[0] - a[0]) / 6} ${b[1] - (n[1] - a[1]) / 6} ${b[0]} ${b[1]}`;
  }
  return isClosed ? `${path}Z` : path;
};

/** A lens along the y axis, pointed at both ends: hulls, blades, leaves. `fullness` 0.3 is sharp, 0.9 is blunt. */
export const lens = (top: number, bottom: number, halfWidth: number, fullness = 0.55, axis = 200): string => {
  const middle = (top + bottom) / 2;
  const reach = (bottom - top) / 2;
  const w = halfWidth;
  const tip = w * fullness;
  return d`M${axis} ${top}C${axis + tip} ${top + reach * (1 - fullness) * 0.5} ${axis + w} ${middle - reach * 0.45} ${axis + w} ${middle}C${axis + w} ${middle + reach * 0.45} ${axis + tip} ${bottom - reach * (1 - fullness) * 0.5} ${axis} ${bottom}C${axis - tip} ${bottom - reach * (1 - fullness) * 0.5} ${axis - w} ${middle + reach * 0.45} ${axis - w} ${middle}C${axis - w} ${middle - reach * 0.45} ${axis - tip} ${top + reach * (1 - fullness) * 0.5} ${axis} ${top}Z`;
};
