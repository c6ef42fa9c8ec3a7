import { useState } from 'react';

/** A value of one's own that starts as the given one and takes over the given one whenever that changes. */
export const useFollowing = <Value>(given: Value): readonly [own: Value, set: (own: Value) => void] => {
  const [state, setState] = useState({ given, own: given });
  const isOld = !Object.is(state.given, given);
  if (isOld) setState({ given, own: given });
  return [isOld ? given : state.own, (own) => setState({ given, own })];
};
