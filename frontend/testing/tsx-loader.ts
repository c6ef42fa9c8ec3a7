import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'rolldown/utils';

/** Node strips types but does not compile JSX: loads `.tsx` files with the compiler that Vite uses. */
registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith('file:') || !url.endsWith('.tsx')) return nextLoad(url, context);
    const file = fileURLToPath(url);
    const { code, errors } = transformSync(file, readFileSync(file, 'utf8'), {
      jsx: { runtime: 'automatic' },
      sourcemap: false,
    });
    const [error] = errors;
    if (error !== undefined) throw new SyntaxError(`${file}: ${error.message}`);
    return { format: 'module', source: code, shortCircuit: true };
  },
});
