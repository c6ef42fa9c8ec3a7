/**
 * What a picture is made of: plain data in a 400 × 400 box, so that drawing can be tested without a browser.
 * Tones are names; the stylesheet turns them into colours of the product's hue, for light and for dark.
 */
export type Tone = 'body' | 'trim' | 'pale' | 'dark' | 'thread';

export type Mark =
  /** A shaded solid: a bright rim at the upper left, shade at the lower right, `depth` units wide. */
  | { readonly kind: 'solid'; readonly d: string; readonly tone: Tone; readonly depth: number }
  /** A flat colour without shading. */
  | { readonly kind: 'flat'; readonly d: string; readonly tone: Tone }
  /** Detail in the one line weight of all pictures. */
  | { readonly kind: 'line'; readonly d: string; readonly tone: Tone; readonly isStitched: boolean }
  /** A round cord along a path: rope, strap, tube. */
  | { readonly kind: 'cord'; readonly d: string; readonly tone: Tone; readonly width: number }
  /** Marks rotated around a point; the light direction does not rotate. */
  | {
      readonly kind: 'rotate';
      readonly degrees: number;
      readonly x: number;
      readonly y: number;
      readonly marks: readonly Mark[];
    }
  | { readonly kind: 'translate'; readonly x: number; readonly y: number; readonly marks: readonly Mark[] }
  /** Marks clipped to an outline. */
  | { readonly kind: 'clip'; readonly d: string; readonly marks: readonly Mark[] };

export const solid = (d: string, tone: Tone = 'body', depth = 11): Mark => ({ kind: 'solid', d, tone, depth });
export const flat = (d: string, tone: Tone = 'trim'): Mark => ({ kind: 'flat', d, tone });
export const line = (d: string, tone: Tone = 'dark'): Mark => ({ kind: 'line', d, tone, isStitched: false });
export const stitch = (d: string, tone: Tone = 'pale'): Mark => ({ kind: 'line', d, tone, isStitched: true });
export const cord = (d: string, width: number, tone: Tone = 'trim'): Mark => ({ kind: 'cord', d, tone, width });
export const rotate = (degrees: number, marks: readonly Mark[], x = 200, y = 200): Mark => ({
  kind: 'rotate',
  degrees,
  x,
  y,
  marks,
});
export const translate = (x: number, y: number, marks: readonly Mark[]): Mark => ({ kind: 'translate', x, y, marks });
export const clip = (d: string, marks: readonly Mark[]): Mark => ({ kind: 'clip', d, marks });
