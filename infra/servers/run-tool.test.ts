import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTool } from './run-tool.ts';

const skip = process.platform === 'win32' && 'Windows has no /bin/sh';

test('runTool: returns the output of both streams and the status', { skip }, async () => {
  const { status, output } = await runTool('sh', ['-c', 'echo out; echo err >&2; exit 3'], { limitMs: 10_000 });
  assert.equal(status, 3);
  assert.deepEqual(output.trim().split('\n').toSorted(), ['err', 'out']);
  assert.equal((await runTool('no-such-program-here', [], { limitMs: 10_000 })).status, -1);
});

test('runTool: the limit holds although a child process holds the output open', { skip }, async () => {
  const begun = performance.now();
  const { status, output } = await runTool('sh', ['-c', 'sleep 60 & echo $!; wait'], { limitMs: 500 });
  const [child] = output.split('\n');
  process.kill(Number(child));
  assert.equal(status, -1);
  assert.match(output, /ended after 0\.5 s/);
  assert.ok(performance.now() - begun < 30_000);
});

test('runTool: removes colours from the output', { skip }, async () => {
  const { output } = await runTool('sh', ['-c', String.raw`printf '\033[31mwrong\033[0m'`], { limitMs: 10_000 });
  assert.equal(output, 'wrong');
});
