import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { email, text } from '@tidewater/contracts/text-schemas.ts';
import { checkEmail, checkText } from './text-check.ts';

const emailRule = new RegExp(String((email as { pattern?: string }).pattern), 'u');
const textRule = new RegExp(String((text(120) as { pattern?: string }).pattern), 'u');

test('checkEmail: accepts the same values as the schema of the services', () => {
  const samples =
    'a@b.de a.b+c@d-e.example a@b..de .a@b.de a.@b.de a..b@c.de a@b a@-b.de a@b-.de a@b.d1 a@b.1 ü@b.de a@ü.de a b@c.de a@b.de. @b.de a@ a@b@c.de ' +
    `${'x'.repeat(64)}@b.de ${'x'.repeat(65)}@b.de a@${'x'.repeat(63)}.de a@${'x'.repeat(64)}.de`;
  for (const sample of samples.split(' ')) equal(checkEmail(sample) === undefined, emailRule.test(sample), sample);
});

test('checkText: accepts the same values as the schema of the services', () => {
  const samples = [
    'Ada',
    'Ådal 4',
    '船',
    '-',
    '…',
    'a\u0000b',
    'a\ud800b',
    'a\u202eb',
    'a\ufeffb',
    'a\u2028b',
    'a\tb',
    '🛶',
    '7',
  ];
  for (const sample of samples)
    equal(checkText(sample, 120, 'Empty') === undefined, textRule.test(sample), JSON.stringify(sample));
});

test('checkText: lengths count code points, not code units', () => {
  equal(checkText(`a${'🛶'.repeat(119)}`, 120, 'Empty'), undefined);
  equal(checkText(`a${'🛶'.repeat(120)}`, 120, 'Empty')?.includes('120'), true);
});
