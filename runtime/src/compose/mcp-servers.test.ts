import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#core/log.ts';
import type { McpServerResource } from '#core/mcp-server-resource.ts';
import { mcpServers } from './mcp-servers.ts';

function server(name: string, more: Partial<McpServerResource> = {}): McpServerResource {
  return {
    name,
    url: '',
    invalidReason: undefined,
    ignoreErrors: false,
    spec: {},
    location: `${name}.yaml:1`,
    ...more,
  };
}

test('mcpServers: servers are loaded and deleted with their files', () => {
  const servers = mcpServers(silentLog);
  servers.follow([server('a'), server('b')]);
  assert.deepEqual(servers.names(), ['a', 'b']);
  servers.follow([server('b'), server('c')]);
  assert.deepEqual(servers.names(), ['b', 'c']);
});

test('mcpServers: an invalid server replaces the previous one, and is ignored or ends the start', () => {
  const servers = mcpServers(silentLog);
  servers.follow([server('a')]);
  const bad = { invalidReason: 'MCPServer "a" failed validation', spec: { url: 'ftp://a' } };
  servers.follow([server('a', { ...bad, ignoreErrors: true })]);
  assert.deepEqual(servers.names(), []);
  assert.throws(() => servers.follow([server('a', bad)]), /MCPServer "a" failed validation \[at a\.yaml:1\]/);
});
