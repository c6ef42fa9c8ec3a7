import { memo, useMemo } from 'react';
import type { Relief } from './contour-lines.ts';
import { contourLines } from './contour-lines.ts';

export interface ContoursProps extends Partial<Relief> {
  readonly className?: string;
  /** How much of the drawing is cut off on every side. */
  readonly bleed?: number;
}

/** A background pattern of depth contours. */
export const Contours = memo(
  ({
    className = '',
    width = 1440,
    height = 560,
    seed = 7,
    levels = 11,
    hasClosedLines = false,
    bleed = 0,
  }: ContoursProps) => {
    const lines = useMemo(
      () => contourLines({ width, height, seed, levels, hasClosedLines }),
      [width, height, seed, levels, hasClosedLines],
    );
    return (
      <svg
        className={`contours ${className}`}
        viewBox={`${bleed} ${bleed} ${width - 2 * bleed} ${height - 2 * bleed}`}
        preserveAspectRatio="xMidYMid slice"
        aria-hidden="true"
      >
        {lines.map((line, level) => (
          // oxlint-disable-next-line react/no-array-index-key -- the order of levels never changes
          <path key={level} d={line} data-level={level} fillRule="evenodd" />
        ))}
      </svg>
    );
  },
);
