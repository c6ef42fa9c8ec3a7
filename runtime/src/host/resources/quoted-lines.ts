/**
 * YAML requires continuation lines of a quoted value to be indented; the reference's parser does not, and files rely on
 * it. Such lines are indented here, which changes nothing: leading space is not part of the value.
 */
export function indentQuotedLines(text: string): string {
  let quote: string | undefined;
  let indent = '';
  return text
    .split('\n')
    .map((line) => {
      if (quote !== undefined) {
        if (closes(line, quote)) quote = undefined;
        return line.trim() === '' ? line : indent + line;
      }
      const [, lead = '', mark = '', rest = ''] = opening.exec(line) ?? [];
      if (mark !== '' && !closes(rest, mark)) {
        quote = mark;
        indent = ' '.repeat(lead.length + 1);
      }
      return line;
    })
    .join('\n');
}

/** A value that begins with a quote: `key: '…` or `- "…`. */
const opening = /^(\s*(?:- +)*(?:[\w.$/-]+ *: +)?)(['"])(.*)$/;

function closes(text: string, quote: string): boolean {
  // an escaped or doubled quote is part of the value
  const plain = quote === "'" ? text.replaceAll("''", '') : text.replace(/\\./g, '');
  return plain.includes(quote);
}
