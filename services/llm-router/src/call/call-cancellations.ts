import { BusClient } from '@baton/bus';
import { BatonError, subjects } from '@baton/contracts';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';

const SUBJECT = subjects.cancelModelCall('');

/** Ends model calls that a message says nobody needs any more, on whichever replica they run. */
@Injectable()
export class CallCancellations implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly running = new Map<string, Set<AbortController>>();
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly bus: BusClient) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.bus.subscribe(`${SUBJECT}>`, (_, subject) =>
      this.cancel(subject.slice(SUBJECT.length)),
    );
  }

  beforeApplicationShutdown(): void {
    this.unsubscribe?.();
  }

  /** Runs a call with a signal that its cancellation aborts. */
  async during<T>(callId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const calls = this.running.get(callId) ?? new Set();
    this.running.set(callId, calls.add(controller));
    try {
      return await work(controller.signal);
    } finally {
      calls.delete(controller);
      if (calls.size === 0) this.running.delete(callId);
    }
  }

  private cancel(callId: string): void {
    for (const controller of this.running.get(callId) ?? [])
      controller.abort(new BatonError('cancelled', 'The model call was cancelled'));
  }
}
