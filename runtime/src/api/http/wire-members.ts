type Fields = Readonly<Record<string, unknown>>;

/**
 * Gives the members of an object the names that the wire has for them, whatever the case in which they came: so upstream's
 * decoder reads them, and some SDKs rely on it. Of several that differ in case alone the last one counts. Members of other
 * names are left out as soon as one is renamed; an object in which all is well is given back as it is.
 */
export function wireMembers(...names: readonly string[]): (fields: Fields) => Fields {
  const known: ReadonlySet<string> = new Set(names);
  const anyCase: ReadonlyMap<string, string> = new Map(names.map((name) => [name.toLowerCase(), name]));
  return (fields) => {
    for (const name in fields) if (!known.has(name)) return renamed(fields, anyCase);
    return fields;
  };
}

function renamed(fields: Fields, anyCase: ReadonlyMap<string, string>): Fields {
  const members: Record<string, unknown> = {};
  for (const [given, value] of Object.entries(fields)) {
    const name = anyCase.get(given.toLowerCase());
    if (name !== undefined) members[name] = value;
  }
  return members;
}
