import { go } from './go.ts';
import { java } from './java.ts';
import { javascript } from './javascript.ts';
import type { Language } from './language.ts';
import { python } from './python.ts';

/** The languages, run one after another. */
export const languages: readonly Language[] = [javascript, python, go, java];
