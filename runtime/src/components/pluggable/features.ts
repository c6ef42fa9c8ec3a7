/** The features of a component that this runtime supports. */
export function supportedFeatures<Feature extends string>(
  announced: readonly string[],
  supported: readonly Feature[],
): readonly Feature[] {
  return supported.filter((feature) => announced.includes(feature));
}
