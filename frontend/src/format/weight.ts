const numberFormat = new Intl.NumberFormat('en-IE', { maximumFractionDigits: 1 });

/** `640 g` below a kilogram, `2.4 kg` from there on. */
export const formatWeight = (grams: number): string =>
  grams < 1000 ? `${numberFormat.format(grams)} g` : `${numberFormat.format(grams / 1000)} kg`;
