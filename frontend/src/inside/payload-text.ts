/** Formatted when it is valid JSON; unchanged otherwise, since the recorder truncates long payloads. */
export const payloadText = (payload: string): string => {
  try {
    return JSON.stringify(JSON.parse(payload), undefined, 2);
  } catch {
    return payload;
  }
};
