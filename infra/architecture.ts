import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from './architecture/tables.ts';
import { optionsOrExit } from './launcher/command-line.ts';
import { root } from './launcher/folders.ts';

optionsOrExit('architecture', {});
const page = join(root, 'docs/ARCHITECTURE.md');
writeFileSync(page, withTables(readFileSync(page, 'utf8'), root));
