/** 128 random bits. `randomUUID` exists in secure contexts only, and a shop on the local network is none. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
