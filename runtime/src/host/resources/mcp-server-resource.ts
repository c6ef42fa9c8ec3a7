import type { McpServerResource } from '#core/mcp-server-resource.ts';
import { textOf } from '#core/errors.ts';
import { resourceInvalid } from '../errors.ts';
import type { YamlValue } from './yaml-reader.ts';

const transports = ['streamableHTTP', 'sse', 'stdio'] as const;
type Transport = (typeof transports)[number];

/**
 * Reads an MCPServer document. Validation errors become its `invalidReason`, as they may be ignored. Throws
 * `resourceInvalid` only for one without a name.
 */
export function mcpServerOf(document: YamlValue): McpServerResource {
  const name = document.at('metadata')?.at('name')?.text() ?? '';
  if (name === '') throw resourceInvalid(document.location, 'metadata.name is missing');
  const spec = document.at('spec');
  let url = '';
  let invalidReason: string | undefined;
  try {
    const endpoint = spec?.at('endpoint');
    const [transport] = transports.filter((one) => endpoint?.at(one));
    url = transport === undefined || transport === 'stdio' ? '' : (endpoint?.at(transport)?.at('url')?.text() ?? '');
    invalidReason = invalidReasonOf(name, endpoint);
  } catch (cause) {
    invalidReason = failureText(name, 'validation', textOf(cause));
  }
  const ignoreErrors = spec?.at('ignoreErrors')?.isOn() ?? false;
  return { name, url, invalidReason, ignoreErrors, spec: spec?.plain(), location: document.location };
}

function invalidReasonOf(name: string, endpoint: YamlValue | undefined): string | undefined {
  const configured = transports.filter((transport) => endpoint?.at(transport));
  const [transport] = configured;
  if (transport === undefined || configured.length > 1)
    return failureText(name, 'validation', 'exactly one of streamableHTTP, sse, or stdio must be set');
  const reason = securityProblem(transport, endpoint?.at(transport));
  return reason === undefined
    ? undefined
    : failureText(name, 'security validation', `MCPServer "${name}": ${transport}.${reason}`);
}

function securityProblem(transport: Transport, value: YamlValue | undefined): string | undefined {
  if (transport === 'stdio') {
    const command = value?.at('command')?.text() ?? '';
    if (command === '') return 'command must not be empty';
    return escapes(command) ? 'command must not escape working directory' : undefined;
  }
  const text = value?.at('url')?.text() ?? '';
  const url = URL.parse(text);
  const scheme = url?.protocol.slice(0, -1) ?? '';
  if (scheme !== 'http' && scheme !== 'https') return `url scheme must be http or https, got "${scheme}"`;
  return url?.host ? undefined : 'url must have a host';
}

/** A relative path that leaves its folder. */
function escapes(command: string): boolean {
  if (command.startsWith('/')) return false;
  let depth = 0;
  for (const part of command.split('/')) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** The reference's message, which its users search for in logs. */
function failureText(name: string, check: string, reason: string): string {
  return `MCPServer "${name}" failed ${check}: ${reason}`;
}
