import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Missing } from './language.ts';
import { requireTool, runStep } from './toolchain.ts';

/** Runs a tool that prints the text and fails. */
const failing = (text: string, limitMs = 10_000): Promise<void> =>
  runStep(process.execPath, ['-e', `console.error(${JSON.stringify(text)}); process.exitCode = 1`], { limitMs });

test('requireTool: a tool that is not installed is Missing, by name', async () => {
  const isMissing = (error: unknown): boolean => error instanceof Missing && /no-such-tool/.test(error.message);
  await assert.rejects(requireTool('no-such-tool', '--version'), isMissing);
  assert.match(await requireTool(process.execPath, '--version'), /^v\d+/);
});

for (const text of [
  'npm error code ECONNREFUSED',
  'npm error code E403',
  'ERROR: No matching distribution found for dapr==1.19.0',
  'dial tcp: lookup proxy.invalid: no such host',
  'Could not transfer artifact x from/to central: Connection refused',
  'status code: 503, reason phrase: 503 Service Unavailable',
])
  test(`runStep: unreachable packages are Missing: ${text}`, async () => {
    await assert.rejects(failing(`first line\n${text}\nlast line`), (error) => {
      assert.ok(error instanceof Missing);
      assert.ok(error.message.includes(text));
      return true;
    });
  });

for (const text of ['npm error code EUSAGE', 'error: cannot find symbol', 'main.go:4: undefined: x', 'EINTEGRITY'])
  test(`runStep: an error in our files is a failure: ${text}`, async () => {
    await assert.rejects(failing(text), (error) => !(error instanceof Missing) && String(error).includes(text));
  });
