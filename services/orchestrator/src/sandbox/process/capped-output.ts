/** What may follow on stdout behind a mark, beyond the room for output. */
export interface Tail {
  readonly mark: Buffer;
  readonly bytes: number;
}

/** Keeps what two streams say, as much as there is room for together; tells once when it was more. */
export class CappedOutput {
  private readonly chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  private last = Buffer.alloc(0);
  private taken = 0;
  private most: number;

  constructor(
    private readonly outputBytes: number,
    private readonly tail: Tail | undefined,
    private readonly onFlood: () => void,
  ) {
    this.most = outputBytes;
  }

  take(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    if (stream === 'stdout' && this.tail && this.seesMark(this.tail.mark, chunk))
      this.most = this.outputBytes + this.tail.bytes;
    const room = this.most - this.taken;
    this.taken += chunk.length;
    if (room > 0) this.chunks[stream].push(chunk.subarray(0, room));
    if (room >= 0 && this.taken > this.most) this.onFlood();
  }

  get stdout(): Buffer {
    return Buffer.concat(this.chunks.stdout);
  }

  get stderr(): Buffer {
    return Buffer.concat(this.chunks.stderr);
  }

  /** Though it may come in pieces. */
  private seesMark(mark: Buffer, chunk: Buffer): boolean {
    const seen = Buffer.concat([this.last, chunk]);
    this.last = seen.subarray(Math.max(0, seen.length - mark.length + 1));
    return seen.includes(mark);
  }
}
