/** Of the words in which a component tells what it can do, those that mean something here. */
export function knownFeatures<Feature extends string>(
  said: readonly string[],
  known: readonly Feature[],
): readonly Feature[] {
  return known.filter((feature) => said.includes(feature));
}
