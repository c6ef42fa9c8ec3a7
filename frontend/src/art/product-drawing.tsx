import type { Picture } from '@tidewater/contracts/catalog.ts';
import { Fragment, memo, useId, useMemo } from 'react';
import type { CSSProperties } from 'react';
import type { Mark } from './mark.ts';
import { perceivedHue, vividness } from './perceived-hue.ts';
import { drawPicture } from './silhouettes.ts';
import { variationOf } from './variation.ts';

export interface ProductDrawingProps {
  readonly picture: Picture;
  /** Absent beside the product's name, where the picture is decorative. */
  readonly alt?: string;
}

/** The drawing of a product. Fills the width of its container, which is square from the start. */
export const ProductDrawing = memo(({ picture, alt }: ProductDrawingProps) => {
  const id = useId();
  const marks = useMemo(() => drawPicture(picture.shape, picture.variant), [picture.shape, picture.variant]);
  const hue = perceivedHue(picture.hue);
  const style: CSSProperties & Record<'--hue' | '--vivid', number> = { '--hue': hue, '--vivid': vividness(hue) };
  const ariaProps =
    alt === undefined ? ({ 'aria-hidden': true } as const) : ({ role: 'img', 'aria-label': alt } as const);
  return (
    <svg
      className="picture"
      viewBox="0 0 400 400"
      data-colourway={variationOf(picture.variant).colourway}
      style={style}
      {...ariaProps}
    >
      <Marks marks={marks} id={id} rotation={0} />
    </svg>
  );
});

const Marks = ({
  marks,
  id,
  rotation,
}: {
  readonly marks: readonly Mark[];
  readonly id: string;
  readonly rotation: number;
}) =>
  marks.map((mark, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- the marks of a picture never change their order
    <Fragment key={index}>{draw(mark, `${id}${index}-`, rotation)}</Fragment>
  ));

const draw = (mark: Mark, id: string, rotation: number) => {
  switch (mark.kind) {
    case 'solid':
      return (
        <g className={`lit ${mark.tone}`}>
          <clipPath id={id}>
            <path d={mark.d} />
          </clipPath>
          <g clipPath={`url(#${id})`}>
            <path className="shade" d={mark.d} />
            <path className="tone" d={mark.d} transform={offset(-mark.depth, rotation)} />
            <path className="rim" d={mark.d} transform={offset(2.4, rotation)} />
          </g>
        </g>
      );
    case 'flat':
      return <path className={`flat ${mark.tone}`} d={mark.d} />;
    case 'line':
      return <path className={`line ${mark.tone}`} d={mark.d} strokeDasharray={mark.isStitched ? '7 7' : undefined} />;
    case 'cord':
      return (
        <g className={`cord ${mark.tone}`}>
          <path className="shade" d={mark.d} strokeWidth={mark.width} />
          <path
            className="tone"
            d={mark.d}
            strokeWidth={mark.width * 0.66}
            transform={offset(-mark.width * 0.1, rotation)}
          />
        </g>
      );
    case 'rotate':
      return (
        <g transform={`rotate(${Math.round(mark.degrees * 10) / 10} ${mark.x} ${mark.y})`}>
          <Marks marks={mark.marks} id={id} rotation={rotation + mark.degrees} />
        </g>
      );
    case 'translate':
      return (
        <g transform={`translate(${mark.x} ${mark.y})`}>
          <Marks marks={mark.marks} id={id} rotation={rotation} />
        </g>
      );
    case 'clip':
      return (
        <>
          <clipPath id={id}>
            <path d={mark.d} />
          </clipPath>
          <g clipPath={`url(#${id})`}>
            <Marks marks={mark.marks} id={id} rotation={rotation} />
          </g>
        </>
      );
  }
};

/** A translation towards the lower right of the page, independent of the rotation of the mark. */
const offset = (step: number, rotation: number): string => {
  const angle = (-rotation * Math.PI) / 180;
  const x = step * (Math.cos(angle) - Math.sin(angle));
  const y = step * (Math.sin(angle) + Math.cos(angle));
  return `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
};
