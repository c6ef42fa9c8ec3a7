/** SVG path data with numbers rounded to a tenth. */
export const d = (texts: TemplateStringsArray, ...values: readonly number[]): string =>
  texts.reduce((path, text, index) => path + rounded(values[index - 1] ?? 0) + text);

const rounded = (value: number): string => String(Math.round(value * 10) / 10);
