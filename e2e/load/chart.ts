import { type Score, goalResults } from './score.ts';

const width = 760;
const rowHeight = 34;
const left = 330;
const right = 70;

/** The goals as bars: the ratio to the reference, with a mark at the goal. */
export function chartOf(scores: readonly Score[]): string {
  const rows = goalResults(scores).filter(({ goal }) => goal.score !== 'helpers');
  const longest = Math.max(4, ...rows.map(({ ratio }) => ratio));
  const x = (ratio: number): number => left + (ratio / longest) * (width - left - right);
  const height = rows.length * rowHeight + 60;
  const bars = rows.map(({ goal, ratio, isReached }, at) => {
    const y = 40 + at * rowHeight;
    const mark = x(goal.atLeast ?? goal.atMost ?? 1);
    return `  <text x="${left - 10}" y="${y + 15}" text-anchor="end">${goal.what}</text>
  <rect x="${left}" y="${y}" width="${(x(ratio) - left).toFixed(1)}" height="20" rx="3" fill="${isReached ? '#1f7a6d' : '#c2593f'}"/>
  <line x1="${mark.toFixed(1)}" x2="${mark.toFixed(1)}" y1="${y - 4}" y2="${y + 24}" stroke="#222" stroke-width="2"/>
  <text x="${(Math.max(x(ratio), mark) + 8).toFixed(1)}" y="${y + 15}">${ratio.toFixed(2)}×</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Ratio of Outrigger to the reference sidecar">
  <rect width="${width}" height="${height}" fill="#fff"/>
  <text x="20" y="22" font-weight="600">Ratio of Outrigger to the reference sidecar; the mark is the goal (for p50 and memory: at most)</text>
  <line x1="${x(1).toFixed(1)}" x2="${x(1).toFixed(1)}" y1="32" y2="${height - 16}" stroke="#999" stroke-dasharray="3 3"/>
${bars.join('\n')}
</svg>
`;
}
