import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const compressible = /\.(?:js|css|html|svg|json)$/;
/** Smaller files are not worth a compressed copy. */
const smallestBytes = 1024;

/** Writes a `.gz` and a `.br` beside each text file of the build, for servers that serve precompressed files. */
export const precompressed = (): Plugin => ({
  name: 'precompressed',
  apply: 'build',
  async writeBundle({ dir }) {
    if (dir === undefined) return;
    const files = await readdir(dir, { recursive: true });
    await Promise.all(files.filter((file) => compressible.test(file)).map((file) => compress(join(dir, file))));
  },
});

const compress = async (path: string): Promise<void> => {
  const bytes = await readFile(path);
  if (bytes.length < smallestBytes) return;
  const [gz, br] = await Promise.all([
    promisify(gzip)(bytes, { level: 9 }),
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  ]);
  await Promise.all([writeFile(`${path}.gz`, gz), writeFile(`${path}.br`, br)]);
};
