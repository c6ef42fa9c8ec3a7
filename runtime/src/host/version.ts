/** The version of the wire that this sidecar speaks, as it tells those who ask for a sidecar's version. */
export const daprVersion = '1.18.1';
