/** How often the other side is told that somebody still types. */
const REPEAT_MS = 3000;
/** Without a key for this long nobody types. */
const IDLE_MS = 5000;

/** Tells the other side that the customer types, and that they have stopped. */
export class TypingSignal {
  private toldAt = -Infinity;
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (isTyping: boolean) => void) {}

  keyed(now: number = Date.now()): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.stop(), IDLE_MS);
    if (now - this.toldAt < REPEAT_MS) return;
    this.toldAt = now;
    this.tell(true);
  }

  stop(): void {
    clearTimeout(this.idle);
    if (this.toldAt === -Infinity) return;
    this.toldAt = -Infinity;
    this.tell(false);
  }
}
