/** The generated parts of docs/performance.md. Each is written by its own command; the others stay. */
export const sectionNames = ['sidecar', 'store'] as const;
export type SectionName = (typeof sectionNames)[number];

const beginOf = (name: SectionName): string => `<!-- ${name}: written by npm run bench, do not edit -->`;
const endOf = (name: SectionName): string => `<!-- end of ${name} -->`;

const title = `# Performance

Measured by \`npm run bench\`; each section names its command.
`;

/** The document with this section replaced. A section that the document lacks is added. */
export function withSection(document: string, name: SectionName, text: string): string {
  const texts = sectionNames.map((each) => [each, each === name ? text.trim() : sectionOf(document, each)] as const);
  const written = texts.flatMap(([each, content]) =>
    content === undefined ? [] : [`${beginOf(each)}\n\n${content}\n\n${endOf(each)}\n`],
  );
  return [title, ...written].join('\n');
}

function sectionOf(document: string, name: SectionName): string | undefined {
  const [, rest] = document.split(beginOf(name));
  return rest?.split(endOf(name))[0]?.trim();
}
