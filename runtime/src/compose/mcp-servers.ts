import type { Log } from '#core/log.ts';
import { defineError } from '#core/errors.ts';
import type { McpServerResource } from '#core/mcp-server-resource.ts';

/** The MCP servers of the resource files, by name. */
export interface McpServers {
  names(): readonly string[];
  /** Takes up what is new or changed and drops what is gone. Throws `mcpServerRefused` for one that must not be ignored. */
  follow(wanted: readonly McpServerResource[]): void;
}

export const mcpServerRefused = defineError(
  { code: 'ERR_MCP_SERVER', http: 500, grpc: 'FailedPrecondition' },
  ({ refusal, place }: McpServerResource) => `${refusal} [at ${place}]`,
);

/** Servers are checked and listed; that their tools can be called as workflows comes with workflows. */
export function mcpServers(log: Log): McpServers {
  const current = new Map<string, McpServerResource>();

  const take = (server: McpServerResource): void => {
    const known = current.get(server.name);
    if (known && sameness(known) === sameness(server)) return;
    current.delete(server.name);
    if (server.refusal === undefined) {
      current.set(server.name, server);
      log.info({}, `MCPServer loaded: ${titled(server)}`);
      log.warn({}, `MCPServer ${server.name}: its tools cannot be called as workflows yet`);
      return;
    }
    const refused = mcpServerRefused(server);
    if (!server.ignoreErrors) throw refused;
    log.error({}, `Ignoring error processing MCPServer: ${refused.message}`);
  };

  return {
    names: () => [...current.keys()],
    follow(wanted) {
      const names = new Set(wanted.map(({ name }) => name));
      for (const server of current.values()) {
        if (names.has(server.name)) continue;
        current.delete(server.name);
        log.info({}, `MCPServer deleted: ${titled(server)}`);
      }
      for (const server of wanted) take(server);
    },
  };
}

function titled({ name, url }: McpServerResource): string {
  return url === '' ? name : `${name} (${url})`;
}

function sameness({ spec }: McpServerResource): string {
  return JSON.stringify(spec);
}
