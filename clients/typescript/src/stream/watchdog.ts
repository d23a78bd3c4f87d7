/** Calls when nothing was heard for a while; what is half open says nothing of its end. */
export class Watchdog {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly silenceMs: number,
    private readonly onSilence: () => void,
  ) {
    this.heard();
  }

  heard(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.onSilence, this.silenceMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
