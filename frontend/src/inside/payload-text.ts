/** Laid out when it is whole JSON; as it came when it is not, since a recorder cuts long payloads. */
export const payloadText = (payload: string): string => {
  try {
    return JSON.stringify(JSON.parse(payload), undefined, 2);
  } catch {
    return payload;
  }
};
