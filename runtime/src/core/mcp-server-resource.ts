/** An MCPServer resource, as far as the sidecar uses it: it is validated, listed and hot-reloaded. */
export interface McpServerResource {
  readonly name: string;
  /** The server's URL; empty for a server that is a command. */
  readonly url: string;
  /** Why it cannot be used; undefined when it is valid. */
  readonly invalidReason: string | undefined;
  /** An invalid server is ignored instead of stopping the sidecar. */
  readonly ignoreErrors: boolean;
  /** The whole spec, to detect changes. */
  readonly spec: unknown;
  readonly location: string;
}
