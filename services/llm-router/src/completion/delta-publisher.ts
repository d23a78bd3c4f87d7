import type { BusClient } from '@baton/bus';
import type { CompletionDelta } from '@baton/contracts';

/** Publishes an answer's pieces as they come; those of one moment go as one message. */
export class DeltaPublisher {
  private waiting = '';
  private attempt = 1;
  private scheduled: NodeJS.Immediate | undefined;
  private hasPublished = false;

  constructor(
    private readonly bus: Pick<BusClient, 'publish'>,
    private readonly subject: string,
    private readonly callId: string,
  ) {}

  /** Pieces of another attempt go under another id: they take the place of what was said before. */
  push(text: string, attempt = 1): void {
    if (attempt !== this.attempt) {
      this.flush();
      this.attempt = attempt;
    }
    this.waiting += text;
    // The first one is what people wait for.
    if (!this.hasPublished) this.flush();
    else this.scheduled ??= setImmediate(() => this.flush());
  }

  /** What still waits goes out before the answer does. */
  flush(): void {
    if (this.scheduled) clearImmediate(this.scheduled);
    this.scheduled = undefined;
    if (this.waiting === '') return;
    const call_id = this.attempt === 1 ? this.callId : `${this.callId}/${this.attempt}`;
    this.bus.publish(this.subject, { call_id, text: this.waiting } satisfies CompletionDelta);
    this.waiting = '';
    this.hasPublished = true;
  }
}
