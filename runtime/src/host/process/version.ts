/** The Dapr version whose APIs this sidecar implements, reported to clients that query the version. */
export const daprVersion = '1.18.1';
