import { spawn, type ChildProcess } from 'node:child_process';

/** Services end before the servers they write to. */
export type Stage = 'service' | 'server';

/**
 * Waits for the end of its input, which comes whenever the parent ends, SIGKILL included, and then stops in order
 * what is still on its list. A shell costs 1 MB and is wherever the servers are; there is no other way to hear of
 * a parent's SIGKILL on Linux and macOS alike.
 */
const SCRIPT = `
trap '' INT TERM HUP
list=''
while read -r what pid stage signal; do
  kept=''
  for entry in $list; do
    case $entry in "$pid":*) ;; *) kept="$kept $entry" ;; esac
  done
  list=$kept
  [ "$what" = watch ] && list="$list $pid:$stage:$signal"
done
alive() {
  for entry in $list; do
    case $entry in *:"$1":*) kill -0 "\${entry%%:*}" 2>/dev/null && return 0 ;; esac
  done
  return 1
}
for stage in service server; do
  for entry in $list; do
    case $entry in *:"$stage":*) kill -s "\${entry##*:}" "\${entry%%:*}" 2>/dev/null ;; esac
  done
  tries=0
  while alive $stage && [ $tries -lt 50 ]; do sleep 0.2; tries=$((tries + 1)); done
  for entry in $list; do
    case $entry in *:"$stage":*) kill -s KILL "\${entry%%:*}" 2>/dev/null ;; esac
  done
done
`;

/** The one guardian of this process: it lives while there is something to guard. */
class Guardian {
  private shell: ChildProcess | undefined;
  private readonly watched = new Set<number>();

  /** From now on `pid` gets `signal`, and SIGKILL ten seconds later, should this process end without stopping it. */
  watch(pid: number, stage: Stage, signal: NodeJS.Signals): void {
    this.watched.add(pid);
    this.tell(`watch ${pid} ${stage} ${signal.replace(/^SIG/, '')}`);
  }

  /** To be called as soon as the process has ended: its pid may soon be another's. */
  forget(pid: number): void {
    if (!this.watched.delete(pid)) return;
    this.tell(`forget ${pid} - -`);
    if (this.watched.size === 0) {
      this.shell?.stdin?.end();
      this.shell = undefined;
    }
  }

  private tell(line: string): void {
    this.shell ??= this.start();
    this.shell.stdin?.write(`${line}\n`);
  }

  private start(): ChildProcess {
    const shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    // Neither the shell nor its pipe may keep a test runner alive; a broken pipe means that the guardian was
    // killed, and then pid files are what is left.
    shell.unref();
    shell.on('error', () => undefined);
    shell.stdin.on('error', () => undefined);
    (shell.stdin as unknown as { unref(): void }).unref();
    return shell;
  }
}

export const guardian = new Guardian();
