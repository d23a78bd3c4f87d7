import { closeSync, openSync, readSync, statSync } from 'node:fs';

import { warningIn } from './log-line.js';

const POLL_MS = 200;
const SAME_AGAIN_AFTER_MS = 10_000;
const MOST_AT_ONCE = 1_000_000;

/** Reads a service's log as it grows and tells warnings, the same one at most every ten seconds. */
export class LogWatch {
  private offset: number;
  private unfinishedLine = '';
  private readonly lastSaid = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly file: string,
    private readonly tell: (line: string) => void,
  ) {
    this.offset = this.size();
    this.timer = setInterval(() => this.poll(), POLL_MS).unref();
  }

  /** Tells what is there by now and stops watching. */
  close(): void {
    clearInterval(this.timer);
    this.poll();
  }

  private poll(): void {
    const size = this.size();
    // A shorter file is another one: the old one was put aside.
    if (size < this.offset) this.offset = 0;
    if (size === this.offset) return;
    const lines = (this.unfinishedLine + this.read(size)).split('\n');
    this.unfinishedLine = lines.pop() ?? '';
    for (const line of lines) this.consider(line);
  }

  private consider(line: string): void {
    const warning = warningIn(line);
    if (warning === undefined) return;
    const now = performance.now();
    const text = `${warning.level} ${warning.text}`;
    const saidAt = this.lastSaid.get(text);
    if (saidAt !== undefined && now - saidAt < SAME_AGAIN_AFTER_MS) return;
    if (this.lastSaid.size > 1_000) this.lastSaid.clear();
    this.lastSaid.set(text, now);
    this.tell(text);
  }

  private size(): number {
    return statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** The next part of the file; what is behind by more than a megabyte is skipped, the file has it all. */
  private read(size: number): string {
    const start = Math.max(this.offset, size - MOST_AT_ONCE);
    const buffer = Buffer.alloc(size - start);
    const fd = openSync(this.file, 'r');
    try {
      const length = readSync(fd, buffer, 0, buffer.length, start);
      this.offset = start + length;
      return buffer.toString('utf8', 0, length);
    } finally {
      closeSync(fd);
    }
  }
}
