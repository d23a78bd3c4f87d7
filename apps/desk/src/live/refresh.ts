/** Does something soon after it was asked for, and not oftener than once in a while, however often it is asked. */
export class Refresh {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastAt = -Infinity;

  constructor(
    private readonly everyMs: number,
    private readonly act: () => void,
  ) {}

  ask(): void {
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined;
        this.lastAt = performance.now();
        this.act();
      },
      Math.max(50, this.everyMs - (performance.now() - this.lastAt)),
    );
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
