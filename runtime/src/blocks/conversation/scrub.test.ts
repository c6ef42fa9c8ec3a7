import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrubbed } from './scrub.ts';

test('scrub: personal data is replaced by its kind', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['call +2222222222 now', 'call <PHONE_NUMBER> now'],
    ['1-555-123-4567 and +1 (415) 555-2671', '<PHONE_NUMBER> and <PHONE_NUMBER>'],
    ['mail: a.b+c@d.co.uk.', 'mail: <EMAIL_ADDRESS>.'],
    ['from 10.8.9.1 to 2001:db8::ff00:42:8329', 'from <IP> to <IP>'],
    ['card 4111 1111 1111 1111 or 4111111111111111', 'card <CREDIT_CARD> or <CREDIT_CARD>'],
    ['ssn 123-45-6789', 'ssn <US_SSN>'],
    ['zip 94105, 94105-1234', 'zip <ZIP_CODE>, <ZIP_CODE>'],
    ['isbn 978-3-16-148410-0 and 0-306-40615-2', 'isbn <ISBN> and <ISBN>'],
    ['mac 00:1b:44:11:3a:b7', 'mac <MAC_ADDRESS>'],
    ['pay DE89370400440532013000', 'pay <IBAN>'],
    ['P.O. Box 123', '<PO_BOX>'],
    ['at 1 Main Street, town', 'at <STREET_ADDRESS> town'],
  ];
  for (const [text, clean] of cases) assert.equal(scrubbed(text), clean);
});

test('scrub: other text stays unchanged', () => {
  for (const text of ['', 'well hello there', 'order 42 of 3 items', 'at 12:30:45', 'v1.18.3', '$12.50', 'größe 38'])
    assert.equal(scrubbed(text), text);
});

test('scrub: no text takes long', () => {
  for (const part of ['a', '1', '1-', 'a@', '1.', 'ab:', '1 a ', 'A1 ']) {
    const began = performance.now();
    scrubbed(part.repeat(50_000));
    assert.ok(performance.now() - began < 3000, `${JSON.stringify(part)}: ${Math.round(performance.now() - began)} ms`);
  }
});
