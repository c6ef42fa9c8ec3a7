import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpText } from '../../infra/launcher/command-line.ts';
import { rowNames } from './run-all.ts';

test('npm run bench: --help names every row', () => assert.ok(helpText('bench').includes(`: ${rowNames.join(', ')};`)));
