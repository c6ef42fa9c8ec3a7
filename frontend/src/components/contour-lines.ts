import { d } from './path-data.ts';

export interface Relief {
  /** In units of the drawing. */
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  /** The number of contour levels. */
  readonly levels: number;
  /** Whether the terrain is lowest at all borders, so that every line closes and can be filled. */
  readonly hasClosedLines: boolean;
}

type Point = readonly [x: number, y: number];

const cellSize = 20;

/**
 * Depth contours of a random sea floor, one path for each level from deep to shallow; deterministic for a seed.
 * Marching squares on a coarse grid, smoothed.
 */
export const contourLines = (relief: Relief): readonly string[] => {
  const columns = Math.ceil(relief.width / cellSize);
  const rows = Math.ceil(relief.height / cellSize);
  const depth = seaFloor(relief);
  const grid: number[][] = [];
  for (let row = 0; row <= rows; row++)
    grid.push(Array.from({ length: columns + 1 }, (_, column) => depth(column / columns, row / rows)));
  const all = grid.flat();
  const low = Math.min(...all);
  const high = Math.max(...all);
  return Array.from({ length: relief.levels }, (_, level) => {
    const height = low + ((level + 1) / (relief.levels + 1)) * (high - low);
    return isolines(grid, height).map(smoothed).join('');
  });
};

const seaFloor = ({ seed, width, height, hasClosedLines }: Relief): ((x: number, y: number) => number) => {
  let state = seed * 2_654_435_761;
  const next = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    return (state >>> 0) / 4_294_967_296;
  };
  const aspectRatio = width / height;
  const banks = Array.from({ length: hasClosedLines ? 22 : 9 }, () => ({
    x: (0.08 + 0.84 * next()) * aspectRatio,
    y: 0.1 + 0.8 * next(),
    size: hasClosedLines ? 0.06 + 0.13 * next() : 0.14 + 0.3 * next(),
    rise: 0.4 + next(),
    lean: next() * Math.PI,
    stretch: 0.45 + 0.5 * next(),
  }));
  return (x, y) => {
    let rise = 0;
    for (const bank of banks) {
      const [dx, dy] = [x * aspectRatio - bank.x, y - bank.y];
      const along = dx * Math.cos(bank.lean) + dy * Math.sin(bank.lean);
      const across = (dy * Math.cos(bank.lean) - dx * Math.sin(bank.lean)) / bank.stretch;
      rise += bank.rise * Math.exp(-(along * along + across * across) / (2 * bank.size * bank.size));
    }
    rise += 0.07 * Math.sin(9 * x * aspectRatio + 4 * y) * Math.cos(7 * y - 3 * x * aspectRatio);
    if (hasClosedLines) rise += 0.06 * Math.sin(23 * x * aspectRatio - 9 * y) * Math.sin(19 * y + 5 * x * aspectRatio);
    const border = Math.min(x, 1 - x, y, 1 - y);
    return hasClosedLines ? rise * Math.min(1, border * 8) - (border <= 0 ? 0.2 : 0) : rise;
  };
};

/** The isolines of one height, each a list of points; a closed line repeats its first point. */
const isolines = (grid: readonly (readonly number[])[], height: number): readonly (readonly Point[])[] => {
  const points = new Map<string, Point>();
  const joins = new Map<string, string[]>();
  const value = (row: number, column: number): number => grid[row]?.[column] ?? 0;
  const cross = (row: number, column: number, isAcross: boolean): string => {
    const name = `${row},${column},${isAcross ? 'a' : 'd'}`;
    if (!points.has(name)) {
      const a = value(row, column);
      const b = isAcross ? value(row, column + 1) : value(row + 1, column);
      const share = (height - a) / (b - a || 1);
      points.set(
        name,
        isAcross ? [(column + share) * cellSize, row * cellSize] : [column * cellSize, (row + share) * cellSize],
      );
    }
    return name;
  };
  const join = (a: string, b: string): void => {
    joins.set(a, [...(joins.get(a) ?? []), b]);
    joins.set(b, [...(joins.get(b) ?? []), a]);
  };
  for (let row = 0; row < grid.length - 1; row++) {
    for (let column = 0; column < (grid[row]?.length ?? 1) - 1; column++) {
      const over = [value(row, column), value(row, column + 1), value(row + 1, column + 1), value(row + 1, column)].map(
        (each) => each > height,
      );
      const sides: string[] = [];
      if (over[0] !== over[1]) sides.push(cross(row, column, true));
      if (over[1] !== over[2]) sides.push(cross(row, column + 1, false));
      if (over[2] !== over[3]) sides.push(cross(row + 1, column, true));
      if (over[3] !== over[0]) sides.push(cross(row, column, false));
      for (let side = 0; side + 1 < sides.length; side += 2) join(sides[side] ?? '', sides[side + 1] ?? '');
    }
  }
  return traceLines(points, joins);
};

const traceLines = (
  points: ReadonlyMap<string, Point>,
  joins: ReadonlyMap<string, readonly string[]>,
): readonly (readonly Point[])[] => {
  const seen = new Set<string>();
  const lines: Point[][] = [];
  const follow = (start: string): void => {
    const line: Point[] = [];
    let at: string | undefined = start;
    let last = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      last = at;
      line.push(points.get(at) ?? [0, 0]);
      at = joins.get(at)?.find((next) => !seen.has(next));
    }
    const [first] = line;
    if (first !== undefined && line.length > 2 && joins.get(last)?.includes(start) === true) line.push(first);
    if (line.length > 5) lines.push(line);
  };
  // Open lines are traced from their ends first; started in the middle they would be cut in two.
  for (const [name, ends] of joins) if (ends.length === 1) follow(name);
  for (const name of joins.keys()) follow(name);
  return lines;
};

const smoothed = (line: readonly Point[]): string => {
  const [first, second] = line;
  const last = line.at(-1);
  if (first === undefined || second === undefined || last === undefined) return '';
  const isClosed = first === last;
  const middle = (a: Point, b: Point): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const start = isClosed ? middle(first, second) : first;
  let path = d`M${start[0]} ${start[1]}`;
  for (let index = 1; index < line.length - (isClosed ? 0 : 1); index++) {
    const here = line[index] ?? last;
    const next = line[index + 1] ?? second;
    const [x, y] = middle(here, next);
    path += d`Q${here[0]} ${here[1]} ${x} ${y}`;
  }
  return isClosed ? `${path}Z` : `${path}${d`L${last[0]} ${last[1]}`}`;
};
