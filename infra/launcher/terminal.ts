import { styleText } from 'node:util';

type Colour = 'cyan' | 'green' | 'yellow' | 'magenta' | 'blue' | 'red' | 'gray' | 'bold';

const nameColours: readonly Colour[] = ['cyan', 'green', 'yellow', 'magenta', 'blue'];

/** Output for people: steps with their time, then one merged log with names. */
export interface Terminal {
  /** A step that has begun; call the result when it is done. */
  step(text: string): (how?: string) => void;
  print(text: string): void;
  problem(message: string, fix: string): void;
  /** One line of a program's output, if it needs attention (all of them when verbose). */
  log(name: string, text: string): void;
  plain(text: string): void;
}

export function terminal(out: NodeJS.WriteStream, options: { verbose: boolean; startedAt: number }): Terminal {
  const paint = (colour: Colour, text: string): string =>
    out.isTTY && !process.env.NO_COLOR ? styleText(colour, text) : text;
  const since = (): string => paint('gray', `${((Date.now() - options.startedAt) / 1000).toFixed(1).padStart(5)} s`);
  let isOpen = true;
  // The reader of this output has exited, as in `npm start | head`: the store continues, and its logs are complete.
  out.on('error', () => (isOpen = false));
  const write = (line: string): void => void (isOpen && out.write(`${line}\n`));
  const colourOf = (name: string): Colour => nameColours[colourIndex(name) % nameColours.length] ?? 'cyan';
  return {
    step(text) {
      const begun = Date.now();
      return (how) =>
        write(
          `${since()}  ${paint('green', '✓')} ${text}${how ? paint('gray', ` — ${how}`) : ''} ${paint('gray', `(${Date.now() - begun} ms)`)}`,
        );
    },
    print: (text) => write(`${since()}    ${text}`),
    problem(message, fix) {
      write(`\n${paint('red', '✗')} ${message}\n  ${paint('bold', 'Fix:')} ${fix}`);
    },
    log(name, text) {
      const entry = parseLogLine(text);
      if (!options.verbose && !entry.needsAttention) return;
      const mark =
        entry.level === 'error' ? paint('red', 'error ') : entry.level === 'warn' ? paint('yellow', 'warn  ') : '';
      write(`${since()}  ${paint(colourOf(name), name.padEnd(18))} ${mark}${entry.text}`);
    },
    plain: write,
  };
}

/** A service and its sidecar share a colour. */
function colourIndex(name: string): number {
  const service = name.split('/')[0] ?? '';
  return Buffer.from(service).reduce((sum, byte) => sum + byte, 0);
}

interface Entry {
  readonly level: 'info' | 'warn' | 'error' | 'debug';
  readonly text: string;
  readonly needsAttention: boolean;
}

/** Lines of Postgres and NATS about their start and stop, which the launcher reports itself. All of them are in their logs. */
const routineServerLines: readonly RegExp[] = [
  /\[(INF|DBG|TRC)\]/,
  // At a start with existing data.
  /\[WRN\] .*Recovering stream state/i,
  // The password of nats.conf: random, and readable by its owner only.
  /\[WRN\] .*Plaintext passwords detected/,
  /\b(LOG|HINT|DETAIL):/,
  /FATAL: .*(the database system is|terminating connection due to unexpected postmaster exit)/,
];

/** Parses the services' JSON lines and the sidecars' `level=… msg="…"` lines; other lines are printed unchanged. */
export function parseLogLine(text: string): Entry {
  if (text.startsWith('{')) {
    try {
      const {
        level,
        msg,
        time: _time,
        name: _name,
        app_id: _app,
        service: _service,
        pid: _pid,
        hostname: _host,
        instance: _instance,
        scope: _scope,
        type: _type,
        ver: _ver,
        ...logFields
      } = JSON.parse(text) as Record<string, unknown>;
      const entryLevel = levelOf(level);
      const rest = Object.entries(logFields).map(
        ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      );
      return {
        level: entryLevel,
        text: [typeof msg === 'string' ? msg : '', ...rest].join('  '),
        needsAttention: entryLevel === 'warn' || entryLevel === 'error',
      };
    } catch {
      return { level: 'info', text, needsAttention: true };
    }
  }
  const match = /level=(\w+) msg="((?:[^"\\]|\\.)*)"/.exec(text);
  if (match) {
    const level = levelOf(match[1]);
    return {
      level,
      text: (match[2] ?? '').replaceAll('\\"', '"'),
      needsAttention: level === 'warn' || level === 'error',
    };
  }
  if (routineServerLines.some((pattern) => pattern.test(text))) return { level: 'info', text, needsAttention: false };
  return { level: 'info', text, needsAttention: true };
}

function levelOf(level: unknown): Entry['level'] {
  if (typeof level === 'number') return level >= 50 ? 'error' : level >= 40 ? 'warn' : level >= 30 ? 'info' : 'debug';
  if (level === 'error' || level === 'fatal') return 'error';
  if (level === 'warn' || level === 'warning') return 'warn';
  return level === 'debug' ? 'debug' : 'info';
}
