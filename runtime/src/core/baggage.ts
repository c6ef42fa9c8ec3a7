const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const baggageValue = '[!#-+\\--:<-\\[\\]-~]*';
const property = `\\s*;\\s*${token}\\s*(?:=\\s*${baggageValue}\\s*)?`;
const baggageMember = new RegExp(`^\\s*${token}\\s*=\\s*${baggageValue}\\s*(?:${property})*$`);

/** The first list member of a `baggage` header that is invalid by W3C's grammar; undefined when all are valid. */
export function illegalBaggage(header: string | readonly string[] | undefined): string | undefined {
  const text = typeof header === 'object' ? header.join(',') : header;
  if (text === undefined || text === '') return undefined;
  return text.split(',').find((member) => !baggageMember.test(member));
}
