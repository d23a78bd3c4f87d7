import { BusClient } from '@baton/bus';
import { BatonError, subjects } from '@baton/contracts';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';

import type { CallIdentity } from '../ledger/ledger-row.js';

const Cancellation = z.object({
  tenant_id: z.string(),
  call_id: z.string().optional(),
  run_id: z.string().optional(),
});
/** One call, or every call of a run that is under way. */
export type Cancellation = z.output<typeof Cancellation>;

/** A cancellation may overtake the call that it means; a repeat that comes later finds it in the ledger. */
const REMEMBERED_MS = 60_000;

type Cancellable = Pick<CallIdentity, 'tenantId' | 'callId' | 'runId'>;

/** Ends model calls that a message says nobody needs any more, on whichever replica they run. */
@Injectable()
export class CallCancellations implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly running = new Set<{ readonly call: Cancellable; readonly end: AbortController }>();
  /** Until when each is remembered, the oldest first. */
  private readonly remembered = new Map<string, number>();
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly bus: BusClient) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.bus.subscribe(subjects.cancelModelCalls, (payload) => {
      const parsed = Cancellation.safeParse(payload);
      if (parsed.success) this.cancel(parsed.data);
    });
  }

  beforeApplicationShutdown(): void {
    this.unsubscribe?.();
  }

  /** Tells every replica, this one included. */
  tell(cancellation: Cancellation): void {
    this.bus.publish(subjects.cancelModelCalls, cancellation);
  }

  /** Runs a call with a signal that its cancellation aborts. */
  async during<T>(call: Cancellable, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const remembered = this.remembered.get(keyOf(call.tenantId, call.callId)) ?? 0;
    if (remembered > performance.now()) throw cancelled();
    const running = { call, end: new AbortController() };
    this.running.add(running);
    try {
      return await work(running.end.signal);
    } finally {
      this.running.delete(running);
    }
  }

  private cancel({ tenant_id, call_id, run_id }: Cancellation): void {
    if (call_id !== undefined) this.remember(keyOf(tenant_id, call_id));
    for (const { call, end } of this.running)
      if (call.tenantId === tenant_id && (call.callId === call_id || call.runId === run_id))
        end.abort(cancelled());
  }

  private remember(key: string): void {
    const now = performance.now();
    for (const [old, until] of this.remembered) {
      if (until > now) break;
      this.remembered.delete(old);
    }
    this.remembered.delete(key);
    this.remembered.set(key, now + REMEMBERED_MS);
  }
}

const keyOf = (tenantId: string, callId: string): string => `${tenantId}/${callId}`;

export const cancelled = (): BatonError => new BatonError('cancelled', 'The model call was cancelled');
