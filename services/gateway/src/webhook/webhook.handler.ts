import { BatonError, type Replayable, type RequestContext } from '@baton/contracts';
import { newId, type TenantQuery } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { AuditWriter } from '../audit/audit-writer.js';
import { DEFAULT_LIMIT, idPage, readIdCursor } from '../dto/id-cursor.js';
import type { PageDto, PageQueryDto } from '../dto/page.dto.js';
import { IdempotentEffects } from '../idempotency/idempotent-effects.js';
import { typesOf } from './event-types.js';
import { WebhookSender } from './sender.js';
import { WebhookDirectory } from './webhook-directory.js';
import { WebhookInboxes } from './webhook-inboxes.js';
import { WebhookSecrets } from './webhook-secrets.js';
import {
  type ChangeWebhookDto,
  type CreateWebhookDto,
  DEFAULT_OVERLAP_SECONDS,
  type NewWebhookDto,
  type RotatedSecretDto,
  type RotateSecretDto,
  type WebhookDto,
} from './webhook.dto.js';
import { WebhookRepository, type WebhookRow } from './webhook.repository.js';

/** A tenant's webhooks. */
@Injectable()
export class WebhookHandler {
  constructor(
    private readonly repository: WebhookRepository,
    private readonly secrets: WebhookSecrets,
    private readonly sender: WebhookSender,
    private readonly directory: WebhookDirectory,
    private readonly inboxes: WebhookInboxes,
    private readonly effects: IdempotentEffects,
    private readonly audit: AuditWriter,
  ) {}

  /** @throws BatonError `validation-failed` where the URL may not be called or a type stands for nothing */
  async create(ctx: RequestContext, dto: CreateWebhookDto): Promise<Replayable<NewWebhookDto>> {
    const { url, event_types = ['*'], description = null } = dto;
    await this.check(url, event_types);
    await this.inboxes.bringForward();
    const answer = await this.effects.run(ctx, async (query) => {
      const webhookId = newId('hook');
      const secret = this.secrets.make();
      const sealedSecret = this.secrets.seal(secret, webhookId);
      const webhook = { webhookId, url, description, eventTypes: event_types, sealedSecret };
      const row = await this.repository.insert(query, ctx.tenant_id, webhook);
      await this.record(query, ctx, 'webhook.created', row.webhook_id, row.event_types);
      return { ...toDto(row), secret };
    });
    await this.directory.changed();
    return answer;
  }

  async list(tenantId: string, query: PageQueryDto): Promise<PageDto<WebhookDto>> {
    const { cursor, limit = DEFAULT_LIMIT } = query;
    const rows = await this.repository.list(tenantId, readIdCursor(cursor), limit + 1);
    return idPage(rows, limit, (row) => row.webhook_id, toDto);
  }

  /** @throws BatonError `not-found` */
  async get(tenantId: string, webhookId: string): Promise<WebhookDto> {
    return toDto(found(await this.repository.find(tenantId, webhookId)));
  }

  /** @throws BatonError `not-found`, `validation-failed` */
  async change(ctx: RequestContext, webhookId: string, dto: ChangeWebhookDto): Promise<WebhookDto> {
    await this.check(dto.url, dto.event_types);
    const change = {
      url: dto.url,
      description: dto.description,
      eventTypes: dto.event_types,
      status: dto.status,
    };
    const row = await this.repository.change(ctx.tenant_id, webhookId, change, (query) =>
      this.record(query, ctx, 'webhook.changed', webhookId, dto.event_types, dto.status),
    );
    const changed = toDto(found(row));
    await this.directory.changed();
    return changed;
  }

  /** @throws BatonError `not-found` */
  async delete(ctx: RequestContext, webhookId: string): Promise<void> {
    const isDeleted = await this.repository.delete(ctx.tenant_id, webhookId, (query) =>
      this.record(query, ctx, 'webhook.deleted', webhookId),
    );
    if (!isDeleted) throw noSuchWebhook();
    await this.directory.changed();
  }

  /** @throws BatonError `not-found` */
  rotateSecret(
    ctx: RequestContext,
    webhookId: string,
    { overlap_seconds: overlapSeconds = DEFAULT_OVERLAP_SECONDS }: RotateSecretDto,
  ): Promise<Replayable<RotatedSecretDto>> {
    return this.effects.run(ctx, async (query) => {
      const secret = this.secrets.make();
      const rotation = { sealedSecret: this.secrets.seal(secret, webhookId), overlapSeconds };
      const until = found(await this.repository.rotateSecret(query, ctx.tenant_id, webhookId, rotation));
      await this.record(query, ctx, 'webhook.secret_rotated', webhookId);
      return { webhook_id: webhookId, secret, previous_secret_expires_at: until.toISOString() };
    });
  }

  /** Not its address: that may hold a secret. */
  private record(
    query: TenantQuery,
    ctx: RequestContext,
    action: string,
    id: string,
    event_types?: readonly string[],
    status?: string,
  ): Promise<void> {
    const details = { ...(event_types && { event_types }), ...(status !== undefined && { status }) };
    return this.audit.within(query, ctx, { action, object: { type: 'webhook', id }, details });
  }

  private async check(url: string | undefined, types: readonly string[] = []): Promise<void> {
    const refusal = url === undefined ? undefined : await this.sender.refusal(url);
    const errors = [
      ...(refusal === undefined ? [] : [{ path: 'url', message: refusal }]),
      ...types
        .map((type, index) => ({
          path: `event_types.${index}`,
          message: 'is no event type, nor a pattern of any',
          type,
        }))
        .filter(({ type }) => typesOf(type).length === 0)
        .map(({ path, message }) => ({ path, message })),
    ];
    if (errors.length > 0) throw new BatonError('validation-failed', 'The body is not valid', { errors });
  }
}

const noSuchWebhook = (): BatonError => new BatonError('not-found', 'There is no such webhook');

const found = <T>(value: T | undefined): T => {
  if (value === undefined) throw noSuchWebhook();
  return value;
};

const toDto = (row: WebhookRow): WebhookDto => ({
  webhook_id: row.webhook_id,
  url: row.url,
  event_types: [...row.event_types],
  description: row.description,
  status: row.status,
  disabled_reason: row.disabled_reason,
  failing_since: row.failing_since?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});
