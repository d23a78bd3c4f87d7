import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';

/** What waits for something else may go on this long behind the end of new work: less than the process has then. */
const WAITS_END_MS = 5_000;

/** Tells what waits on behalf of callers that the process ends soon: it answers with what is known by then. */
@Injectable()
export class LastCall implements BeforeApplicationShutdown {
  private readonly called = new AbortController();

  /** Aborts when whoever still waits should be answered. */
  get signal(): AbortSignal {
    return this.called.signal;
  }

  /** HTTP closes behind this, and waits for the requests under way. */
  beforeApplicationShutdown(): void {
    setTimeout(() => this.called.abort(), WAITS_END_MS).unref();
  }
}
