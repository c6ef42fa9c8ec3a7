const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** Parses `4Mi`, `500k` or plain bytes, as Kubernetes writes them. Undefined for invalid text. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text.trim());
  const unit = match?.[2] === undefined ? undefined : byteUnits[match[2]];
  return match && unit !== undefined ? Math.round(Number(match[1]) * unit) : undefined;
}
