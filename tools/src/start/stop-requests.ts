const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const PARENT_POLL_MS = 500;
/** Ctrl-C reaches us twice: from the terminal, and from npm, which passes on what it got. A person is slower. */
const SAME_REQUEST_MS = 500;

/** Hears of the wish to stop: signals, and under npm the end of npm, which passes no signal on to us. */
export class StopRequests {
  private readonly controller = new AbortController();
  private secondListener: () => void = () => undefined;
  private firstAt = 0;
  private readonly firstRequest = Promise.withResolvers<void>();

  constructor() {
    for (const signal of SIGNALS) process.on(signal, () => this.requested());
    if (process.env['npm_lifecycle_event'] !== undefined) this.watchParent();
  }

  /** Aborted at the first request. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Resolves at the first request; keeps the process alive until then, for a promise alone does not. */
  async first(): Promise<void> {
    const alive = setInterval(() => undefined, 2 ** 30);
    await this.firstRequest.promise;
    clearInterval(alive);
  }

  /** What to do before this process ends at the second request. */
  onSecond(listener: () => void): void {
    this.secondListener = listener;
  }

  private requested(): void {
    if (this.signal.aborted) return this.requestedAgain();
    this.firstAt = performance.now();
    this.controller.abort();
    this.firstRequest.resolve();
  }

  private requestedAgain(): void {
    if (performance.now() - this.firstAt < SAME_REQUEST_MS) return;
    this.secondListener();
    process.exit(1);
  }

  /** A killed npm, or the shell that it runs us in, leaves us to another parent. */
  private watchParent(): void {
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      if (!this.signal.aborted) this.requested();
    }, PARENT_POLL_MS);
  }
}
