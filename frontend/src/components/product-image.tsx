import type { Photo, Picture } from '@tidewater/contracts/catalog.ts';
import { ProductDrawing } from '../art/product-drawing.tsx';

export interface ProductImageProps {
  readonly picture: Picture | Photo;
  /** Absent beside the product's name, where the image is decorative. */
  readonly alt?: string;
}

/** A product as a photograph or a drawing. A store that has photographs only can delete `src/art` with its branch here. */
export const ProductImage = ({ picture, alt }: ProductImageProps) =>
  'imageUrl' in picture ? (
    <img className="photo" src={picture.imageUrl} alt={alt ?? ''} width={400} height={400} loading="lazy" />
  ) : (
    <ProductDrawing picture={picture} {...(alt === undefined ? {} : { alt })} />
  );
