import { DEFAULT_TENANT, type Replayable, type RequestContext } from '@baton/contracts';
import { newId } from '@baton/service';
import { Injectable, type OnModuleInit } from '@nestjs/common';

import { ApiKeyRepository } from '../api-key/api-key.repository.js';
import { ApiKeys } from '../api-key/api-keys.js';
import { SCOPES } from '../auth/principal.js';
import { IdempotentEffects } from '../idempotency/idempotent-effects.js';
import type { NewTenantDto } from './tenant.dto.js';
import { TenantRepository } from './tenant.repository.js';

/** Makes a tenant and its first API key, both or neither. */
@Injectable()
export class CreateTenantHandler implements OnModuleInit {
  constructor(
    private readonly tenants: TenantRepository,
    private readonly keys: ApiKeyRepository,
    private readonly apiKeys: ApiKeys,
    private readonly effects: IdempotentEffects,
  ) {}

  /** The tenant that makes the others is there from the start. */
  async onModuleInit(): Promise<void> {
    await this.tenants.ensure(DEFAULT_TENANT, 'Default');
  }

  handle(
    ctx: RequestContext,
    { name, tenantId }: { name: string; tenantId: string },
  ): Promise<Replayable<NewTenantDto>> {
    return this.effects.run(ctx, async (query) => {
      const { secret, hash } = this.apiKeys.make();
      await this.tenants.insert(query, tenantId, name, async () => {
        await this.keys.insert(query, tenantId, {
          keyId: newId('key'),
          name: 'First key',
          hash,
          scopes: SCOPES,
        });
      });
      return { tenant_id: tenantId, api_key: secret };
    });
  }
}
