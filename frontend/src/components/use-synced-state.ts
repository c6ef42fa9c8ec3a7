import { useState } from 'react';

/** State that starts as `source` and is reset to it whenever `source` changes. */
export const useSyncedState = <Value>(source: Value): readonly [value: Value, set: (value: Value) => void] => {
  const [state, setState] = useState({ source, value: source });
  const hasSourceChanged = !Object.is(state.source, source);
  if (hasSourceChanged) setState({ source, value: source });
  return [hasSourceChanged ? source : state.value, (value) => setState({ source, value })];
};
