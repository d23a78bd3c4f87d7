import { randomUUID } from 'node:crypto';

import { isBatonError } from '@baton/contracts';
import { CONFIG, Metrics } from '@baton/service';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import type { GatewayConfig } from '../config.js';
import { EventOpener } from '../stream/event-opener.js';
import { type Attempt, verdictOf } from './attempt.js';
import { attemptSpan, endAttempt } from './attempt-span.js';
import { type DueDelivery, type Lane, LaneRepository, type Settlement } from './lane.repository.js';
import { messageOf } from './message.js';
import { retryWaitMs } from './retry-schedule.js';
import { WebhookSender } from './sender.js';
import { WebhookDirectory } from './webhook-directory.js';

/** Conversations whose deliveries are under way at once in this process; of one webhook no more than its share. */
const LANES = 128;
const LANES_PER_WEBHOOK = 16;
/** What other replicas recorded, and what waits for its next try, is found this late at most. */
const POLL_MS = 1_000;
/** The keys are not to be had, or the database: not the receiver's fault, and no try is counted. */
const PAUSE_MS = 1_000;
/** Three times before a claim ends. */
const RENEW_MS = 3_000;

/** Delivers: takes lanes that are due, and what is in each one after the other. Replicas share the lanes. */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhooks');
  /** Names this process in what it claims. */
  private readonly claim = randomUUID();
  private readonly running = new Map<string, { readonly lane: Lane; readonly work: Promise<void> }>();
  private readonly outcomes;
  private readonly seconds;
  private readonly timers: NodeJS.Timeout[] = [];
  private claiming: Promise<void> | undefined;
  private isWoken = false;
  private isStopped = false;

  constructor(
    private readonly lanes: LaneRepository,
    private readonly sender: WebhookSender,
    private readonly opener: EventOpener,
    private readonly directory: WebhookDirectory,
    @Inject(CONFIG) private readonly config: GatewayConfig,
    metrics: Metrics,
  ) {
    this.outcomes = metrics.counter('baton_webhook_attempts_total', 'Tries at deliveries to webhooks', [
      'outcome',
    ]);
    this.seconds = metrics.histogram('baton_webhook_attempt_seconds', 'How long receivers take', []);
  }

  onApplicationBootstrap(): void {
    this.every(POLL_MS, () => {
      if (!this.directory.isEmpty) this.wake();
    });
    this.every(RENEW_MS, () => void this.renew());
  }

  /** What is under way is finished: a try takes five seconds at most. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    await this.claiming;
    await Promise.all([...this.running.values()].map(({ work }) => work));
    for (const timer of this.timers) clearInterval(timer);
  }

  /** Something is due. */
  wake(): void {
    this.isWoken = true;
    this.claiming ??= this.claimAll().finally(() => (this.claiming = undefined));
  }

  private async claimAll(): Promise<void> {
    while (this.isWoken && !this.isStopped) {
      this.isWoken = false;
      try {
        // Full: whoever ends wakes us again.
        if (this.running.size < LANES) await this.claimSome();
      } catch (error) {
        this.logger.warn(`Deliveries cannot be looked for now: ${(error as Error).message}`);
      }
    }
  }

  private async claimSome(): Promise<void> {
    const busy: Record<string, number> = {};
    for (const { lane } of this.running.values()) busy[lane.webhookId] = (busy[lane.webhookId] ?? 0) + 1;
    const claimed = await this.lanes.claim(this.claim, {
      lanes: LANES - this.running.size,
      perWebhook: LANES_PER_WEBHOOK,
      busy,
    });
    for (const lane of claimed) {
      const key = `${lane.tenantId}/${lane.webhookId}/${lane.lane}`;
      // A process that stood still for longer than a claim lasts may come upon itself.
      if (this.running.has(key)) continue;
      const work = this.drain(lane).finally(() => {
        this.running.delete(key);
        this.wake();
      });
      this.running.set(key, { lane, work });
    }
  }

  private async renew(): Promise<void> {
    if (this.running.size === 0) return;
    try {
      await this.lanes.renew(this.claim);
    } catch (error) {
      this.logger.warn(`Claims could not be renewed: ${(error as Error).message}`);
    }
  }

  private every(ms: number, work: () => void): void {
    this.timers.push(setInterval(work, ms).unref());
  }

  private async drain(lane: Lane): Promise<void> {
    try {
      for (;;) {
        const due = this.isStopped ? undefined : await this.lanes.head(lane);
        if (!due) return await this.lanes.release(lane);
        if (!(await this.deliver(lane, due))) return;
      }
    } catch (error) {
      if (!isBatonError(error) || !error.retryable)
        this.logger.error({ err: error, webhook_id: lane.webhookId }, 'A delivery could not be tried');
      // Where this fails too, the claim ends by itself.
      await this.lanes.release(lane, PAUSE_MS).catch(() => undefined);
    }
  }

  /** @returns whether the lane goes on */
  private async deliver(lane: Lane, due: DueDelivery): Promise<boolean> {
    // Tries come to an end, not before there was one: what was held back behind another may be late by itself.
    if (due.give_up_in_ms <= 0 && due.tries > 0)
      return this.lanes.settle(lane, due.delivery_id, null, { status: 'FAILED' });
    const message = messageOf(await this.opener.openNow(due.event), due.event_type);
    const secrets = [due.secret, ...(due.previous_secret === null ? [] : [due.previous_secret])];
    const receiver = { webhookId: lane.webhookId, url: due.url, secrets };
    const span = attemptSpan(lane, due);
    const attempt = await this.sender.send(due.delivery_id, receiver, message, span.traceparent);
    endAttempt(span, attempt);
    const settlement = this.settlementOf(due, attempt);
    const isOurs = await this.lanes.settle(lane, due.delivery_id, attempt, settlement);
    this.outcomes.inc({
      outcome: settlement.status === 'PENDING' ? 'retry' : settlement.status.toLowerCase(),
    });
    this.seconds.observe(attempt.latencyMs / 1000);
    if (settlement.status === 'FAILED' && settlement.disable) await this.directory.changed();
    return isOurs && settlement.status !== 'PENDING';
  }

  private settlementOf(due: DueDelivery, attempt: Attempt): Settlement {
    switch (verdictOf(attempt)) {
      case 'delivered':
        return { status: 'DELIVERED' };
      case 'gone':
        return { status: 'FAILED', disable: 'gone' };
      case 'retry': {
        const waitMs = retryWaitMs({
          firstMs: this.config.BATON_WEBHOOK_FIRST_RETRY_MS,
          tries: due.tries + 1,
          retryAfterMs: attempt.retryAfterMs,
          draw: Math.random(),
        });
        return waitMs > due.give_up_in_ms ? { status: 'FAILED' } : { status: 'PENDING', waitMs };
      }
      default:
        throw new Error('There is no such verdict');
    }
  }
}
