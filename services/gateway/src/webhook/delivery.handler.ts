import { BatonError, type RecordedEvent, type Replayable, type RequestContext } from '@baton/contracts';
import { Clock, newId } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { DEFAULT_LIMIT, idPage, readIdCursor } from '../dto/id-cursor.js';
import type { PageDto } from '../dto/page.dto.js';
import { IdempotentEffects } from '../idempotency/idempotent-effects.js';
import { EventOpener } from '../stream/event-opener.js';
import { DeliveryLogRepository, type DeliveryRow } from './delivery-log.repository.js';
import { DeliveryQueueRepository } from './delivery-queue.repository.js';
import { DeliveryWorker } from './delivery-worker.js';
import type { DeliveriesQueryDto, DeliveryDto, DeliveryWithPayloadDto } from './delivery.dto.js';
import { messageOf } from './message.js';
import { WebhookRepository } from './webhook.repository.js';

/** What `POST …/test` sends. */
const TEST_TYPE = 'webhook.test';

/** The log of what was delivered, and what a person has done with it. */
@Injectable()
export class DeliveryHandler {
  constructor(
    private readonly webhooks: WebhookRepository,
    private readonly log: DeliveryLogRepository,
    private readonly queue: DeliveryQueueRepository,
    private readonly worker: DeliveryWorker,
    private readonly opener: EventOpener,
    private readonly effects: IdempotentEffects,
    private readonly clock: Clock,
  ) {}

  /** @throws BatonError `not-found` */
  async list(tenantId: string, webhookId: string, query: DeliveriesQueryDto): Promise<PageDto<DeliveryDto>> {
    await this.webhook(tenantId, webhookId);
    const { limit = DEFAULT_LIMIT } = query;
    const rows = await this.log.list(tenantId, webhookId, {
      before: readIdCursor(query.cursor),
      limit: limit + 1,
      status: query.status,
      eventType: query.event_type,
      conversationId: query.conversation_id,
    });
    return idPage(rows, limit, (row) => row.delivery_id, toDto);
  }

  /** @throws BatonError `not-found`; `unavailable` where the keys are not to be had just now */
  async get(tenantId: string, webhookId: string, deliveryId: string): Promise<DeliveryWithPayloadDto> {
    const row = await this.log.find(tenantId, webhookId, deliveryId);
    const event = row && (await this.log.eventOf(tenantId, deliveryId));
    if (!row || !event) throw noSuchDelivery();
    const payload = messageOf(await this.opener.openNow(event), row.event_type);
    return { ...toDto(row), payload: { ...payload } };
  }

  /** @throws BatonError `not-found`; `invalid-transition` where the webhook is disabled */
  async replay(ctx: RequestContext, webhookId: string, deliveryId: string): Promise<Replayable<DeliveryDto>> {
    await this.enabledWebhook(ctx.tenant_id, webhookId);
    const answer = await this.effects.run(ctx, async (query) => {
      const find = () => this.log.findIn(query, ctx.tenant_id, webhookId, deliveryId);
      if (!(await find())) throw noSuchDelivery();
      await this.log.replay(query, ctx.tenant_id, webhookId, deliveryId);
      // Deleted meanwhile, with its webhook.
      const replayed = await find();
      if (!replayed) throw noSuchDelivery();
      return toDto(replayed);
    });
    this.worker.wake();
    return answer;
  }

  /**
   * Sends a webhook something that did not happen.
   * @throws BatonError `not-found`; `invalid-transition` where the webhook is disabled
   */
  async test(ctx: RequestContext, webhookId: string): Promise<Replayable<DeliveryDto>> {
    await this.enabledWebhook(ctx.tenant_id, webhookId);
    const answer = await this.effects.run(ctx, async (query) => {
      const deliveryId = newId('dlv');
      const lane = `test/${deliveryId}`;
      const delivery = { deliveryId, webhookId, eventType: TEST_TYPE, lane, conversationId: null };
      await this.queue.add(query, ctx.tenant_id, this.testEvent(ctx, webhookId), [delivery]);
      const added = await this.log.findIn(query, ctx.tenant_id, webhookId, deliveryId);
      if (!added) throw noSuchWebhook();
      return toDto(added);
    });
    this.worker.wake();
    return answer;
  }

  private testEvent(ctx: RequestContext, webhookId: string): RecordedEvent {
    return {
      event_id: newId('evt'),
      tenant_id: ctx.tenant_id,
      stream_type: 'webhook',
      stream_id: webhookId,
      version: 1,
      type: TEST_TYPE,
      schema_version: 1,
      data: { webhook_id: webhookId },
      metadata: { actor: ctx.actor },
      occurred_at: this.clock.nowIso(),
    };
  }

  private async webhook(tenantId: string, webhookId: string) {
    const row = await this.webhooks.find(tenantId, webhookId);
    if (!row) throw noSuchWebhook();
    return row;
  }

  private async enabledWebhook(tenantId: string, webhookId: string): Promise<void> {
    const { status } = await this.webhook(tenantId, webhookId);
    if (status === 'ENABLED') return;
    throw new BatonError('invalid-transition', 'The webhook is disabled: enable it first', {
      details: { state: status },
    });
  }
}

const noSuchWebhook = (): BatonError => new BatonError('not-found', 'There is no such webhook');
const noSuchDelivery = (): BatonError => new BatonError('not-found', 'There is no such delivery');

const toDto = (row: DeliveryRow): DeliveryDto => ({
  delivery_id: row.delivery_id,
  webhook_id: row.webhook_id,
  event_id: row.event_id,
  event_type: row.event_type,
  conversation_id: row.conversation_id,
  status: row.status,
  attempt_count: row.attempt_count,
  attempts: row.attempts.map((attempt) => ({
    ...attempt,
    started_at: new Date(attempt.started_at).toISOString(),
  })),
  next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  settled_at: row.settled_at?.toISOString() ?? null,
});
