import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/** A list of process ids that must not outlive this process. */
export interface Reaper {
  watch(pid: number, signal?: 'TERM' | 'INT'): void;
  forget(pid: number): void;
  close(): void;
}

/**
 * A shell that reads process ids from a pipe and, when the pipe ends because this process has exited (even by SIGKILL), ends
 * those still on its list: first by their stop signal, after 3 s by SIGKILL. One megabyte, no polling.
 */
export function startReaper(): Reaper {
  if (process.platform === 'win32') return { watch() {}, forget() {}, close() {} };
  const script = `
    list=' '
    while read -r op pid sig; do
      case $op in
        +) list="$list$pid:$sig " ;;
        -) case $list in *" $pid:"*) head=\${list%%" $pid:"*}; tail=\${list#*" $pid:"}; list="$head \${tail#* }" ;; esac ;;
        q) exit 0 ;;
      esac
    done
    for entry in $list; do kill -s "\${entry#*:}" "\${entry%%:*}" 2>/dev/null; done
    n=0
    while [ $n -lt 30 ]; do
      alive=
      for entry in $list; do kill -0 "\${entry%%:*}" 2>/dev/null && alive=1; done
      [ -z "$alive" ] && exit 0
      sleep 0.1; n=$((n+1))
    done
    for entry in $list; do kill -s KILL "\${entry%%:*}" 2>/dev/null; done`;
  const shell = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.unref();
  const pipe = shell.stdin as Writable & { unref?(): void };
  pipe.unref?.();
  pipe.on('error', () => {
    // The shell has exited; the programs still end with this process on Ctrl-C.
  });
  const send = (line: string): void => void pipe.write(`${line}\n`);
  return {
    watch: (pid, signal = 'TERM') => send(`+ ${pid} ${signal}`),
    forget: (pid) => send(`- ${pid}`),
    close() {
      send('q');
      pipe.end();
    },
  };
}
