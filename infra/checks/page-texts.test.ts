import { deepEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';
import { literalTexts, pageFiles, unusedMessages } from './page-texts.ts';

test('literalTexts: finds texts between tags, beside expressions and in attributes', () => {
  deepEqual(literalTexts('<p className="quiet">Your cart</p>'), ['Your cart']);
  deepEqual(literalTexts('<p>Order {orderId}</p>'), ['Order']);
  deepEqual(literalTexts('<Field label="Card number" name="number" />'), ['Card number']);
  deepEqual(literalTexts('<p className="quiet">{text(\'cart.title\')}</p>'), []);
});

test('pages: no component holds a literal text', () => {
  const problems = pageFiles(root, 'tsx').flatMap((file) =>
    literalTexts(readFileSync(join(root, file), 'utf8')).map((text) => `${file}: ${text}`),
  );
  deepEqual(problems, []);
});

test('pages: every message is used', () => {
  deepEqual(unusedMessages(root), []);
});
