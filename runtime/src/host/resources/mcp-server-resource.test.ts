import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mcpServerOf } from './mcp-server-resource.ts';
import { readYaml } from './yaml-reader.ts';

function server(endpoint: string) {
  const text = `kind: MCPServer\nmetadata: {name: tools}\nspec: {ignoreErrors: true, endpoint: ${endpoint}}\n`;
  const [document] = readYaml('tools.yaml', text);
  assert.ok(document);
  return mcpServerOf(document);
}

test('MCPServer: exactly one of three transports', () => {
  const { name, url, invalidReason, ignoreErrors, location } = server('{sse: {url: http://there/sse}}');
  assert.deepEqual(
    { name, url, invalidReason, ignoreErrors, location },
    { name: 'tools', url: 'http://there/sse', invalidReason: undefined, ignoreErrors: true, location: 'tools.yaml:1' },
  );
  assert.equal(server('{streamableHTTP: {url: https://there}}').invalidReason, undefined);
  assert.equal(server('{stdio: {command: bin/tools}}').invalidReason, undefined);
});

test("MCPServer: an invalid one has the reference's error text", () => {
  const rejected: readonly [string, RegExp][] = [
    ['{}', /^MCPServer "tools" failed validation: exactly one of streamableHTTP, sse, or stdio must be set$/],
    ['{sse: {url: http://a}, stdio: {command: b}}', /failed validation: exactly one of/],
    ['{sse: 5}', /failed validation: .*expected a mapping/],
    ['{sse: {url: ftp://a/b}}', /failed security validation: .*sse\.url scheme must be http or https, got "ftp"/],
    ['{streamableHTTP: {}}', /streamableHTTP\.url scheme must be http or https, got ""/],
    ['{stdio: {args: [a]}}', /stdio\.command must not be empty/],
    ['{stdio: {command: bin/../../tools}}', /stdio\.command must not escape working directory/],
  ];
  for (const [endpoint, reason] of rejected) assert.match(server(endpoint).invalidReason ?? '', reason, endpoint);
});
