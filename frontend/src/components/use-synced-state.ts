import { useState } from 'react';

/** A value of one's own that starts as the given one and takes over the given one whenever that changes. */
export const useSyncedState = <Value>(source: Value): readonly [own: Value, set: (value: Value) => void] => {
  const [state, setState] = useState({ source, value: source });
  const hasSourceChanged = !Object.is(state.source, source);
  if (hasSourceChanged) setState({ source, value: source });
  return [hasSourceChanged ? source : state.value, (value) => setState({ source, value })];
};
