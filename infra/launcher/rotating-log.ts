import { createWriteStream, existsSync, fchmodSync, fstatSync, openSync, renameSync, type WriteStream } from 'node:fs';

export interface RotatingLog {
  write(line: string): void;
  /** Resolves when all lines are in the file. */
  close(): Promise<void>;
}

export interface RotationSettings {
  /** A file that has reached this size becomes `<file>.1`. */
  readonly maxBytes: number;
  /** How many older files are retained: `<file>.1` is the newest of them. */
  readonly olderFiles: number;
}

const defaultSettings: RotationSettings = { maxBytes: 10 << 20, olderFiles: 3 };

/** A log file that only its owner can read, and whose size is limited. Existing lines stay. */
export function rotatingLog(file: string, { maxBytes, olderFiles }: RotationSettings = defaultSettings): RotatingLog {
  let size = 0;
  let stream = open();
  const closing: Promise<void>[] = [];

  function open(): WriteStream {
    // Opened synchronously, so that the file can be renamed while lines are still being written.
    const descriptor = openSync(file, 'a', 0o600);
    fchmodSync(descriptor, 0o600);
    size = fstatSync(descriptor).size;
    const opened = createWriteStream(file, { fd: descriptor });
    // A full disk must not end the launcher, which supervises the programs.
    opened.on('error', () => undefined);
    return opened;
  }

  function rotate(): void {
    const full = stream;
    try {
      for (let number = olderFiles; number > 0; number--) {
        const older = number === 1 ? file : `${file}.${number - 1}`;
        if (existsSync(older)) renameSync(older, `${file}.${number}`);
      }
      stream = open();
    } catch {
      // A removed folder or a lack of file descriptors must not end the launcher either: retried later.
      size = 0;
      return;
    }
    closing.push(end(full));
  }

  return {
    write(line) {
      if (size >= maxBytes) rotate();
      const text = `${line}\n`;
      size += Buffer.byteLength(text);
      stream.write(text);
    },
    async close() {
      await Promise.all([...closing, end(stream)]);
    },
  };
}

function end(stream: WriteStream): Promise<void> {
  // A stream that has closed, because of an earlier close or an error, never emits 'close' again.
  if (stream.closed) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.end();
  });
}
