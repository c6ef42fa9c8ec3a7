import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Missing } from './language.ts';
import { requireTool, runStep } from './toolchain.ts';

/** A tool that prints and fails. */
const failing = (text: string, limitMs = 10_000): Promise<void> =>
  runStep(process.execPath, ['-e', `console.error(${JSON.stringify(text)}); process.exitCode = 1`], { limitMs });

test('a tool that is not there is missing, by name', async () => {
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
  test(`packages that cannot be fetched are missing, not wrong: ${text}`, async () => {
    await assert.rejects(failing(`at first all is well\n${text}\nand then it goes on`), (error) => {
      assert.ok(error instanceof Missing);
      assert.ok(error.message.includes(text));
      return true;
    });
  });

for (const text of ['npm error code EUSAGE', 'error: cannot find symbol', 'main.go:4: undefined: x', 'EINTEGRITY'])
  test(`what is wrong with our own files is a failure: ${text}`, async () => {
    await assert.rejects(failing(text), (error) => !(error instanceof Missing) && String(error).includes(text));
  });
