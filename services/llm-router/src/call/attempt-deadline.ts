/** A stream that is silent for this long has died. */
const SILENCE_MS = 20_000;

/**
 * The signal of one attempt: it ends when the call does, when nothing has come within its budget, or, once a
 * stream has begun, when the stream falls silent.
 */
export class AttemptDeadline {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout;
  private readonly onParent = (): void => this.controller.abort(this.parent.reason);

  constructor(
    private readonly parent: AbortSignal,
    budgetMs: number,
    private readonly silenceMs: number = Math.min(SILENCE_MS, budgetMs),
  ) {
    this.timer = this.abortAfter(budgetMs);
    if (parent.aborted) this.onParent();
    else parent.addEventListener('abort', this.onParent, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Something came: from now on only silence counts. */
  touch(): void {
    clearTimeout(this.timer);
    this.timer = this.abortAfter(this.silenceMs);
  }

  end(): void {
    clearTimeout(this.timer);
    this.parent.removeEventListener('abort', this.onParent);
  }

  private abortAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.controller.abort(new DOMException('No answer in time', 'TimeoutError')), ms);
  }
}
