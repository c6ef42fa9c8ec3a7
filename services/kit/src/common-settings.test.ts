import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCommonSettings } from './common-settings.ts';
import { ConfigurationError, environment } from './service-context.ts';

const check = (variables: Readonly<Record<string, string>>) => checkCommonSettings(environment(variables));

test('common settings: LOG_LEVEL is a known level or not set', () => {
  for (const level of ['', 'debug', 'info', 'warn', 'error']) check({ LOG_LEVEL: level });
  for (const level of ['loud', 'INFO', 'toString'])
    assert.throws(
      () => check({ LOG_LEVEL: level }),
      (error) => error instanceof ConfigurationError && /LOG_LEVEL is .*debug, info, warn, error/.test(error.message),
    );
});

test('common settings: a header secret with invalid characters is an error without its value', () => {
  check({ STAFF_TOKEN: 'a-Z0_9~!', PROVIDER_SECRET_KEY: 'sk_1' });
  for (const secret of ['schlüssel', 'two words', ' padded', 'line\nbreak', '☃'])
    for (const name of ['STAFF_TOKEN', 'APP_API_TOKEN', 'PROVIDER_SECRET_KEY'])
      assert.throws(
        () => check({ [name]: secret }),
        (error) =>
          error instanceof ConfigurationError &&
          error.message.startsWith(`${name} cannot be sent in a header`) &&
          !error.message.includes(secret),
      );
});
