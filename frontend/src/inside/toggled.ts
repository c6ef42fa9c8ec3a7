/** The same set with this value added, or removed when it was present. */
export const toggled = <Value>(chosen: ReadonlySet<Value>, value: Value): ReadonlySet<Value> => {
  const next = new Set(chosen);
  if (!next.delete(value)) next.add(value);
  return next;
};
