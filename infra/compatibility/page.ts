import { grpcSurface, httpSurface, extensionRoutes, type SurfaceStatus } from '../../runtime/src/api/surface.ts';
import * as registry from '../../runtime/src/components/registry.ts';
import { flagTable } from '../../runtime/src/host/config/flag-table.ts';
import { areaOf, type Conformance } from './conformance.ts';
import { differences } from './differences.ts';

/** The generated text of `docs/compatibility.md`. */
export function pageOf(conformance: Conformance): string {
  return `# Compatibility

Which parts of Dapr's API v1 this sidecar implements, generated from its tables. Do not edit: \`npm run compatibility\`.

${surfaces()}
## Components

${table(['block', 'types'], components())}
State stores, brokers, bindings and secret stores can also be separate processes behind Unix sockets, with the reference's protocol
for pluggable components. An unknown type ends the start with a message that names it, unless its component has
\`ignoreErrors: true\`. Names of apps are resolved by a registry on this machine (the default), \`sqlite\`, \`nats\`, \`nameformat\` or
\`kubernetes\`.

## Flags

All ${Object.keys(flagTable).length} flags of the reference are known; an unknown flag is rejected. These are accepted and have no effect here:

${table(['flag', 'why'], flagsWithoutEffect())}
## Dapr's own SDKs

Programs on the official SDKs of JavaScript, Python, Go and Java use every block that each offers; every exercise is a test of
\`npm test -- sdk\`. What each tries: [e2e/sdk](../e2e/sdk/README.md).

## Conformance

The public cases of the reference's integration suite that need no control plane. ${conformance.runInfo}.

${table(['area', 'passed', 'of'], areas(conformance))}
${failures(conformance)}The fixture files of
\`multipleconfigs\`, which the suite's program does not carry, were in place. Of four complete runs in a row three had this result; the first,
with three cases at a time, lost \`resiliency/apps/retry/retryHTTP\` as well, which passed in the others.

## Where it differs on purpose

${table(
  ['Outrigger', 'Dapr', 'why', 'test'],
  differences.map(({ ours, reference, why, test }) => [ours, reference, why, `[test](../${test})`]),
)}
## What is only here

${extensionRoutes.map(({ verbs, path }) => `- \`${verbs.join(' ')} ${path}\``).join('\n')}

They are described in [runtime/README.md](../runtime/README.md); without them everything works as on the reference.
`;
}

function surfaces(): string {
  const rows = [...new Set([...httpSurface, ...Object.values(grpcSurface)].map(({ group }) => group))].map((group) => {
    const routes = httpSurface.filter((route) => route.group === group).map(({ status }) => status);
    const rpcs = Object.values(grpcSurface).filter((rpc) => rpc.group === group);
    return [
      group,
      counted(routes),
      counted(rpcs.map(({ status }) => status)),
      reasons([...routes, ...rpcs.map(({ status }) => status)]),
    ];
  });
  return `## Routes and RPCs

Done, of all there are in each group of the API allow-list.

${table(['group', 'HTTP', 'gRPC', 'not yet'], rows)}`;
}

const isDone = (status: SurfaceStatus): boolean => status === 'done';

function counted(statuses: readonly SurfaceStatus[]): string {
  return statuses.length === 0 ? '–' : `${statuses.filter(isDone).length} / ${statuses.length}`;
}

function reasons(statuses: readonly SurfaceStatus[]): string {
  return [...new Set(statuses.flatMap((status) => (status === 'done' ? [] : [status.notYet])))].join('; ');
}

function components(): string[][] {
  const blocks = {
    state: registry.stateStores,
    'pub/sub': registry.brokers,
    bindings: registry.bindings,
    secrets: registry.secretStores,
    configuration: registry.configurationStores,
    lock: registry.lockStores,
    crypto: registry.keyVaults,
    conversation: registry.conversationComponents,
    'HTTP middleware': registry.httpMiddlewares,
  };
  return Object.entries(blocks).map(([block, factories]) => [
    block,
    Object.keys(factories)
      .map((type) => `\`${type.replace(/\/v1$/, '')}\``)
      .join(' '),
  ]);
}

function flagsWithoutEffect(): string[][] {
  return Object.entries(flagTable).flatMap(([name, { noEffectReason: reason }]) =>
    reason === undefined ? [] : [[`\`--${name}\``, reason]],
  );
}

function areas({ results }: Conformance): string[][] {
  const names = [...new Set(results.map(({ name }) => areaOf(name)))].toSorted();
  const rows = names.map((area) => {
    const inside = results.filter(({ name }) => areaOf(name) === area);
    return [area, String(inside.filter(({ passed }) => passed).length), String(inside.length)];
  });
  const passed = results.filter((result) => result.passed).length;
  return [...rows, ['**all**', `**${passed}**`, `**${results.length}**`]];
}

function failures({ results }: Conformance): string {
  const rows = results.filter(({ passed }) => !passed).map(({ name, reason = '' }) => [`\`${name}\``, reason]);
  return rows.length === 0 ? '' : `${table(['case that fails', 'why'], rows)}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}
