import { setTimeout as sleep } from 'node:timers/promises';

import { BusClient } from '@baton/bus';
import { type EstimateBasis, isBatonError, type RequestContext, staffRequests } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

export interface QueuePlace {
  readonly position: number;
  readonly estimated_wait_seconds: number;
  readonly estimated_wait_p90_seconds?: number;
  readonly estimate_basis?: EstimateBasis;
}

/** The hand-over reaches the queue by event, a few milliseconds after it was accepted. */
const FIRST_PAUSE_MS = 5;
const PATIENCE_MS = 400;
const REQUEST_TIMEOUT_MS = 1000;

/** Where a hand-over stands in the queue. */
@Injectable()
export class QueuePlaces {
  constructor(private readonly bus: BusClient) {}

  /** Waits a moment for the item to be queued, then estimates from who waits already; null where nobody can say. */
  async of(ctx: RequestContext, handoverId: string): Promise<QueuePlace | null> {
    const { idempotency: _, ...readContext } = ctx;
    const options = { timeoutMs: REQUEST_TIMEOUT_MS };
    const until = performance.now() + PATIENCE_MS;
    try {
      for (let pause = FIRST_PAUSE_MS; performance.now() < until; pause *= 2) {
        const body = { handover_id: handoverId };
        const place = await this.bus.request(staffRequests.queuePosition, readContext, body, options);
        if (place) return place;
        await sleep(pause);
      }
      return await this.behindAll(readContext);
    } catch (error) {
      // The hand-over is accepted, whatever the queue manager can say about it now.
      if (isBatonError(error) && error.retryable) return null;
      throw error;
    }
  }

  private async behindAll(ctx: RequestContext): Promise<QueuePlace> {
    const { items } = await this.bus.request(
      staffRequests.listQueue,
      ctx,
      { limit: 200 },
      { timeoutMs: REQUEST_TIMEOUT_MS },
    );
    const last = items.at(-1);
    return {
      position: items.length + 1,
      estimated_wait_seconds: last?.estimated_wait_seconds ?? 0,
      ...(last?.estimated_wait_p90_seconds !== undefined && {
        estimated_wait_p90_seconds: last.estimated_wait_p90_seconds,
      }),
    };
  }
}
