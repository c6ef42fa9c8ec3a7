import { d } from './path-data.ts';

const ray = (degrees: number, from: number, to: number): string => {
  const angle = (degrees * Math.PI) / 180;
  const [x, y] = [Math.sin(angle), -Math.cos(angle)];
  return d`M${200 + x * from} ${200 + y * from}L${200 + x * to} ${200 + y * to}`;
};

const star = (degrees: number, reach: number, half: number, side: 1 | -1): string => {
  const angle = (degrees * Math.PI) / 180;
  const corner = angle + (side * Math.PI) / 4;
  return d`M200 200L${200 + Math.sin(angle) * reach} ${200 - Math.cos(angle) * reach}L${200 + Math.sin(corner) * half} ${200 - Math.cos(corner) * half}Z`;
};

const degrees = (step: number): readonly number[] => Array.from({ length: 360 / step }, (_, index) => index * step);

/** A compass rose in hairlines. */
export const CompassRose = () => (
  <svg className="rose" viewBox="0 0 400 400" aria-hidden="true">
    <circle cx="200" cy="200" r="186" />
    <circle cx="200" cy="200" r="150" />
    <circle cx="200" cy="200" r="112" />
    <path
      d={degrees(2)
        .map((each) => ray(each, 178, 186))
        .join('')}
    />
    <path
      d={degrees(10)
        .map((each) => ray(each, 168, 186))
        .join('')}
    />
    <path
      d={degrees(5)
        .map((each) => ray(each + 3, 143, 150))
        .join('')}
    />
    <path
      d={degrees(30)
        .map((each) => ray(each, 20, 112))
        .join('')}
    />
    <path className="full" d={[0, 90, 180, 270].map((each) => star(each, 142, 30, 1)).join('')} />
    <path d={[0, 90, 180, 270].map((each) => star(each, 142, 30, -1)).join('')} />
    <path className="full" d={[45, 135, 225, 315].map((each) => star(each, 92, 22, 1)).join('')} />
    <path d={[45, 135, 225, 315].map((each) => star(each, 92, 22, -1)).join('')} />
    <circle className="full" cx="200" cy="200" r="4" />
  </svg>
);
