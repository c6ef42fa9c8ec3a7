import type { TestEvent } from 'node:test/reporters';

/**
 * A reporter for node:test that prints failures as they happen, the reason of each skip, and at the end one line of JSON
 * with the counts, for the runner that adds them up.
 */
export async function* counting(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const skips: string[] = [];
  const failures: string[] = [];
  let shown = 0;
  for await (const event of source) {
    if (event.type === 'test:stderr' || event.type === 'test:stdout') {
      const { message } = event.data;
      // what a test file left open, by `open-handles.ts`
      if (process.env.SHOW_OUTPUT || message.startsWith('  ✗ ')) yield message;
      continue;
    }
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, skip, details, file } = event.data;
    if (details.type === 'suite') continue;
    if (skip !== undefined && skip !== false) {
      counts.skipped++;
      skips.push(`  skipped: ${name}${typeof skip === 'string' && skip ? ` — ${skip}` : ''}\n`);
    } else if (event.type === 'test:pass') counts.passed++;
    else {
      counts.failed++;
      const why = reasonOf('error' in details ? details.error : undefined);
      const text = `\n  ✗ ${name}\n    ${file ?? ''}\n    ${why.split('\n').slice(0, 25).join('\n    ')}\n`;
      failures.push(text);
      yield text;
    }
    if (counts.passed - shown >= 100) {
      shown = counts.passed;
      yield `  … ${shown} passed\n`;
    }
  }
  for (const line of skips) yield line;
  if (failures.length > 3) yield `\n  Failures again, together:\n${failures.join('')}`;
  yield `@counts ${JSON.stringify(counts)}\n`;
}

/** node:test wraps what a test threw. */
function reasonOf(error: Error | undefined): string {
  const cause = error?.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause ?? 'no reason given');
}

// node:test takes a reporter only as a default export.
// oxlint-disable-next-line import/no-default-export
export default counting;
