/** An MCPServer resource, as far as the sidecar uses it by now: it is checked, listed and followed. */
export interface McpServerResource {
  readonly name: string;
  /** Where the server answers; empty for one that is a command. */
  readonly url: string;
  /** Why it cannot be used; undefined when it can. */
  readonly invalidReason: string | undefined;
  /** What cannot be used is left out, and does not keep the sidecar from running. */
  readonly ignoreErrors: boolean;
  /** All that the file says of it, to tell whether it has changed. */
  readonly spec: unknown;
  readonly location: string;
}
