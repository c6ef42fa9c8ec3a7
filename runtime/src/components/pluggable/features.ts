/** Of the words in which a component tells what it can do, those that mean something here. */
export function supportedFeatures<Feature extends string>(
  announced: readonly string[],
  supported: readonly Feature[],
): readonly Feature[] {
  return supported.filter((feature) => announced.includes(feature));
}
