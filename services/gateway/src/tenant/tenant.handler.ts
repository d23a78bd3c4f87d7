import { DEFAULT_TENANT, type Replayable, type RequestContext } from '@baton/contracts';
import { newId } from '@baton/service';
import { Injectable, type OnModuleInit } from '@nestjs/common';

import { AuditWriter } from '../audit/audit-writer.js';
import { ApiKeyRepository } from '../api-key/api-key.repository.js';
import { ApiKeys } from '../api-key/api-keys.js';
import { SCOPES } from '../auth/principal.js';
import { DEFAULT_LIMIT, idPage, readIdCursor } from '../dto/id-cursor.js';
import type { PageDto, PageQueryDto } from '../dto/page.dto.js';
import { IdempotentEffects } from '../idempotency/idempotent-effects.js';
import type { NewTenantDto, TenantDto } from './tenant.dto.js';
import { TenantRepository } from './tenant.repository.js';

@Injectable()
export class TenantHandler implements OnModuleInit {
  constructor(
    private readonly tenants: TenantRepository,
    private readonly keys: ApiKeyRepository,
    private readonly apiKeys: ApiKeys,
    private readonly effects: IdempotentEffects,
    private readonly audit: AuditWriter,
  ) {}

  /** The tenant that makes the others is there from the start. */
  async onModuleInit(): Promise<void> {
    await this.tenants.ensure(DEFAULT_TENANT, 'Default');
  }

  /** Makes a tenant and its first API key, both or neither. */
  create(ctx: RequestContext, name: string): Promise<Replayable<NewTenantDto>> {
    return this.effects.run(ctx, async (query) => {
      const tenantId = newId('tenant');
      const { secret, hash } = this.apiKeys.make();
      const firstKey = { keyId: newId('key'), name: 'First key', hash, scopes: SCOPES };
      await this.tenants.insert(query, tenantId, name, async () => {
        await this.keys.insert(query, tenantId, firstKey);
      });
      await this.audit.within(query, ctx, {
        action: 'tenant.created',
        object: { type: 'tenant', id: tenantId },
        details: { key_id: firstKey.keyId },
      });
      return { tenant_id: tenantId, api_key: secret };
    });
  }

  async list({ cursor, limit = DEFAULT_LIMIT }: PageQueryDto): Promise<PageDto<TenantDto>> {
    const rows = await this.tenants.list(readIdCursor(cursor), limit + 1);
    return idPage(
      rows,
      limit,
      (row) => row.tenant_id,
      (row) => ({ ...row, created_at: row.created_at.toISOString() }),
    );
  }
}
