/** So many at a time; who comes later waits, in order. */
export class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async enter(): Promise<void> {
    if (this.free === 0) return new Promise<void>((resolve) => this.waiting.push(resolve));
    this.free -= 1;
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }
}
