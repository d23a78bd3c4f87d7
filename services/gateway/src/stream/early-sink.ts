import type { Frame } from './frame.js';
import type { CloseReason, StaffSink } from './staff-session.js';

/**
 * Keeps what a client is told before its connection is complete: it hears the stream from the moment it is let
 * in, and until then an error can still be answered as one.
 */
export class EarlySink implements StaffSink {
  private target: StaffSink | undefined;
  private early: Frame[] = [];
  private closed: CloseReason | undefined;

  get backlogBytes(): number {
    return this.target?.backlogBytes ?? 0;
  }

  send(frame: Frame): void {
    if (this.target) this.target.send(frame);
    else this.early.push(frame);
  }

  close(reason: CloseReason): void {
    this.closed = reason;
    this.target?.close(reason);
  }

  attach(target: StaffSink): void {
    this.target = target;
    for (const frame of this.early) target.send(frame);
    this.early = [];
    if (this.closed) target.close(this.closed);
  }
}
