import { mkdir, readFile, readdir, realpath, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, normalize, resolve, sep } from 'node:path';
import type { OperationReply, OperationRequest, OutputBinding } from '#blocks/bindings/binding.ts';
import { settingsReader } from '#core/component-settings.ts';
import type { Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';

/** Folders of the system, which a component must not expose. */
const forbiddenRoots = ['/proc', '/sys', '/dev', '/boot', '/bin', '/sbin', '/etc', '/usr', '/var/run/secrets'];

/** `bindings.localstorage`: files in one folder. A name cannot leave it, neither by `..` nor by a symbolic link. */
export const localStorageBinding: Factory<OutputBinding> = async (context) => {
  const { random } = context;
  const read = settingsReader(context);
  const rootPath = read.required('rootPath', 'set it to a folder');
  const resolvedRoot = resolve(rootPath);
  if (
    resolvedRoot === '/' ||
    forbiddenRoots.some((root) => resolvedRoot === root || resolvedRoot.startsWith(root + sep))
  )
    throw read.invalid('rootPath', 'a folder that does not belong to the system');
  await mkdir(resolvedRoot, { recursive: true, mode: 0o700 });
  const root = await realpath(resolvedRoot);

  /** Resolved as if the root were `/`, so that `..` ends there. */
  const pathFor = async (fileName: string): Promise<string> => {
    if (fileName.includes('\0')) throw new TypeError('fileName contains a NUL character');
    const path = join(root, normalize(`/${fileName}`));
    const real = await nearestExistingPath(path);
    if (real !== root && !real.startsWith(root + sep))
      throw new TypeError(`fileName ${fileName} leads out of rootPath`);
    return path.length > root.length ? path.replace(/\/+$/, '') : root;
  };

  const create = async ({ data }: OperationRequest, fileName: string): Promise<OperationReply> => {
    const path = await pathFor(fileName);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, unquoted(data)).catch(rethrow(`error writing file ${path}`));
    return { data: Buffer.from(JSON.stringify({ fileName })) };
  };

  const get = async (fileName: string): Promise<OperationReply> => {
    const path = await pathFor(fileName);
    const data = await readFile(path).catch((cause: unknown) => {
      if (isMissing(cause)) throw new Error(`file not found: ${path}`, { cause });
      return rethrow(`error reading file ${path}`)(cause);
    });
    return { data };
  };

  const remove = async (fileName: string): Promise<undefined> => {
    const path = await pathFor(fileName);
    await unlink(path).catch(rethrow(`error deleting file ${path}`));
  };

  const list = async (fileName: string): Promise<OperationReply> => {
    const path = await pathFor(fileName);
    const stats = await stat(path).catch(rethrow(`error getting stats for path ${path}`));
    if (!stats.isDirectory()) throw new Error(`unable to list files as the file specified is not a directory: ${path}`);
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
    return { data: Buffer.from(JSON.stringify(files.sort())) };
  };

  return {
    operations: ['create', 'get', 'list', 'delete'],
    async invoke(_call, request) {
      const fileName = request.metadata['fileName'] ?? '';
      switch (request.operation) {
        case 'create':
          return await create(request, fileName === '' ? random.uuid() : fileName);
        case 'get':
          return await get(fileName);
        case 'delete':
          return await remove(fileName);
        default:
          return await list(fileName);
      }
    },
    close: () => Promise.resolve(),
  };
};

/** A JSON string is written without its quotes, and base64 text is decoded, as upstream. */
function unquoted(data: Uint8Array): Uint8Array {
  const text = Buffer.from(data).toString('utf8');
  const plain = text.startsWith('"') ? parsedString(text) : text;
  if (plain !== noData && isBase64(plain)) return Buffer.from(plain, 'base64');
  return plain === text ? data : Buffer.from(plain);
}

/** The HTTP API's representation of a request without data; it is also valid base64. */
const noData = 'null';

function parsedString(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}

function isBase64(text: string): boolean {
  return text !== '' && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

/** The deepest existing ancestor of a path, with symbolic links resolved: a new file would be created inside it. */
async function nearestExistingPath(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    try {
      return await realpath(at);
    } catch (cause) {
      if (!isMissing(cause) || at === dirname(at)) throw cause;
    }
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

function rethrow(what: string): (cause: unknown) => never {
  return (cause) => {
    throw new Error(`${what}: ${textOf(cause)}`, { cause });
  };
}
