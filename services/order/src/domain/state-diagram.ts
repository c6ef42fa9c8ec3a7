import { happyPath, orderStatuses, isTerminal } from '@tidewater/contracts/order-status.ts';
import { transitions } from './order.ts';

/** The transition table as a mermaid diagram; its copy in the README is compared with it by a test. */
export function stateDiagram(): string {
  const [first = ''] = happyPath;
  const names = orderStatuses.filter((status) => status.includes('-'));
  const edges = orderStatuses.flatMap((status) =>
    Object.entries(transitions[status]).map(([input, { status: next, commands }]) => {
      const label = commands.length === 0 ? input : `${input} / ${commands.join(', ')}`;
      return `${idOf(status)} --> ${idOf(next)}: ${label}`;
    }),
  );
  return [
    'stateDiagram-v2',
    ...names.map((status) => `  state "${status}" as ${idOf(status)}`),
    `  [*] --> ${idOf(first)}`,
    ...edges.map((edge) => `  ${edge}`),
    ...orderStatuses.filter(isTerminal).map((status) => `  ${idOf(status)} --> [*]`),
  ].join('\n');
}

/** Mermaid takes no hyphens in ids. */
const idOf = (status: string): string => status.replaceAll('-', '_');
