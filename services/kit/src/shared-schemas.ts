/**
 * Replaces each schema that has a `title` by a reference to `components/schemas`, so that an API document holds it once.
 * The schemas are added to `schemas` by their titles; two different ones with one title are an error.
 */
export function withReferences<T>(part: T, schemas: Record<string, unknown>): T {
  return referenced(part, schemas) as T;
}

function referenced(value: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => referenced(item, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, referenced(member, schemas)]),
  );
  const { title } = copy;
  // A message has a title too, and a schema may have a property with that name.
  if (typeof title !== 'string' || !('type' in copy || 'anyOf' in copy)) return copy;
  const existing = schemas[title];
  if (existing !== undefined && JSON.stringify(existing) !== JSON.stringify(copy))
    throw new Error(`Two different schemas have the title ${title}. Give one of them another title.`);
  schemas[title] = copy;
  return { $ref: `#/components/schemas/${title}` };
}
