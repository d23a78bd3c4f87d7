import { BatonError, type Replayable, type RequestContext } from '@baton/contracts';
import { newId } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { AuditWriter } from '../audit/audit-writer.js';
import { DEFAULT_LIMIT, idPage, readIdCursor } from '../dto/id-cursor.js';
import type { PageDto, PageQueryDto } from '../dto/page.dto.js';
import { IdempotentEffects } from '../idempotency/idempotent-effects.js';
import type { ApiKeyDto, CreateApiKeyDto, NewApiKeyDto } from './api-key.dto.js';
import { ApiKeyRepository, type ApiKeyRow } from './api-key.repository.js';
import { ApiKeys } from './api-keys.js';

/** A tenant's own keys. */
@Injectable()
export class ApiKeyHandler {
  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly repository: ApiKeyRepository,
    private readonly effects: IdempotentEffects,
    private readonly audit: AuditWriter,
  ) {}

  create(ctx: RequestContext, { name, scopes }: CreateApiKeyDto): Promise<Replayable<NewApiKeyDto>> {
    return this.effects.run(ctx, async (query) => {
      const { secret, hash } = this.apiKeys.make();
      const key = { keyId: newId('key'), name, hash, scopes };
      const { key_id } = await this.repository.insert(query, ctx.tenant_id, key);
      await this.audit.within(query, ctx, {
        action: 'api_key.created',
        object: { type: 'api_key', id: key_id },
        details: { scopes },
      });
      return { key_id, api_key: secret };
    });
  }

  async list(tenantId: string, query: PageQueryDto): Promise<PageDto<ApiKeyDto>> {
    const { cursor, limit = DEFAULT_LIMIT } = query;
    const rows = await this.repository.list(tenantId, readIdCursor(cursor), limit + 1);
    return idPage(rows, limit, (row) => row.key_id, toDto);
  }

  /** @throws BatonError `not-found` */
  async get(tenantId: string, keyId: string): Promise<ApiKeyDto> {
    const row = await this.repository.find(tenantId, keyId);
    if (!row) throw noSuchKey();
    return toDto(row);
  }

  /** @throws BatonError `not-found` */
  async delete(ctx: RequestContext, keyId: string): Promise<void> {
    const isDeleted = await this.apiKeys.delete(ctx.tenant_id, keyId, (query) =>
      this.audit.within(query, ctx, { action: 'api_key.deleted', object: { type: 'api_key', id: keyId } }),
    );
    if (!isDeleted) throw noSuchKey();
  }
}

const noSuchKey = (): BatonError => new BatonError('not-found', 'There is no such API key');

const toDto = (row: ApiKeyRow): ApiKeyDto => ({
  key_id: row.key_id,
  name: row.name,
  scopes: [...row.scopes],
  created_at: row.created_at.toISOString(),
});
