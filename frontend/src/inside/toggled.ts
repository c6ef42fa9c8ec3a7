/** The same choices with this one put in, or taken out when it was in. */
export const toggled = <Value>(chosen: ReadonlySet<Value>, value: Value): ReadonlySet<Value> => {
  const next = new Set(chosen);
  if (!next.delete(value)) next.add(value);
  return next;
};
