import type { Log } from '#core/log.ts';
import { defineError } from '#core/errors.ts';
import type { McpServerResource } from '#core/mcp-server-resource.ts';

/** The MCP servers of the resource files, by name. */
export interface McpServers {
  names(): readonly string[];
  /**
   * Loads new and changed servers and drops removed ones. Throws `mcpServerInvalid` for one that must not be ignored.
   */
  follow(servers: readonly McpServerResource[]): void;
}

export const mcpServerInvalid = defineError(
  { code: 'ERR_MCP_SERVER', http: 500, grpc: 'FailedPrecondition' },
  ({ invalidReason, location }: McpServerResource) => `${invalidReason} [at ${location}]`,
);

/** Servers are validated and listed; calling their tools as workflows requires workflows. */
export function mcpServers(log: Log): McpServers {
  const current = new Map<string, McpServerResource>();

  const apply = (server: McpServerResource): void => {
    const existing = current.get(server.name);
    if (existing && specText(existing) === specText(server)) return;
    current.delete(server.name);
    if (server.invalidReason === undefined) {
      current.set(server.name, server);
      log.info({}, `MCPServer loaded: ${label(server)}`);
      log.warn({}, `MCPServer ${server.name}: its tools cannot be called as workflows yet`);
      return;
    }
    const error = mcpServerInvalid(server);
    if (!server.ignoreErrors) throw error;
    log.error({}, `Ignoring error processing MCPServer: ${error.message}`);
  };

  return {
    names: () => [...current.keys()],
    follow(servers) {
      const names = new Set(servers.map(({ name }) => name));
      for (const server of current.values()) {
        if (names.has(server.name)) continue;
        current.delete(server.name);
        log.info({}, `MCPServer deleted: ${label(server)}`);
      }
      for (const server of servers) apply(server);
    },
  };
}

function label({ name, url }: McpServerResource): string {
  return url === '' ? name : `${name} (${url})`;
}

function specText({ spec }: McpServerResource): string {
  return JSON.stringify(spec);
}
