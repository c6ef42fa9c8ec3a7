const anchors: readonly (readonly [wheel: number, perceived: number])[] = [
  [0, 27],
  [30, 58],
  [60, 105],
  [120, 145],
  [180, 196],
  [210, 243],
  [240, 268],
  [300, 328],
  [360, 387],
];

/**
 * From the colour wheel's degrees, in which products are written down (0 red, 120 green, 240 blue), to OKLCH's, in which
 * equal lightness looks equally light.
 */
export const perceivedHue = (wheel: number): number => {
  const hue = ((wheel % 360) + 360) % 360;
  for (let index = 1; index < anchors.length; index++) {
    const [from, a] = anchors[index - 1] ?? [0, 0];
    const [to, b] = anchors[index] ?? [360, 360];
    if (hue <= to) return Math.round(a + ((hue - from) / (to - from)) * (b - a)) % 360;
  }
  return 0;
};

/** How much colour a tone of this OKLCH hue needs: red and orange turn brown before a blue turns grey. */
export const vividness = (hue: number): number => {
  const fromOrange = Math.min(Math.abs(hue - 42), 360 - Math.abs(hue - 42));
  return Math.round((1 + 0.45 * Math.max(0, 1 - fromOrange / 50)) * 100) / 100;
};
