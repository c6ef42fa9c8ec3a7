/** Columns as wide as their longest cell; the last one is cut to what is left of `width`. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width = 160): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => printable(cell)));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells
    .map((row) => cut(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '), width))
    .join('\n');
}

/** One line without control characters that a terminal would interpret: reasons quote untrusted input. */
export function printable(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '\u{fffd}');
}

const cut = (line: string, width: number): string =>
  line.trimEnd().length > width ? `${line.slice(0, width - 1)}…` : line.trimEnd();
