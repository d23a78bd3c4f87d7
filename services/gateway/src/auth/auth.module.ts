import { CONFIG, Clock } from '@baton/service';
import { Global, Module } from '@nestjs/common';

import { ApiKeyController } from '../api-key/api-key.controller.js';
import { ApiKeyHandler } from '../api-key/api-key.handler.js';
import { ApiKeyRepository } from '../api-key/api-key.repository.js';
import { ApiKeys } from '../api-key/api-keys.js';
import type { GatewayConfig } from '../config.js';
import { IdempotentEffects } from '../idempotency/idempotent-effects.js';
import { TenantController } from '../tenant/tenant.controller.js';
import { TenantHandler } from '../tenant/tenant.handler.js';
import { TenantRepository } from '../tenant/tenant.repository.js';
import { Tokens } from '../token/tokens.js';
import { Authenticator } from './authenticator.js';
import { StaffRoles } from './staff-roles.js';

/** Who may come in: tenants, their keys, and tokens. */
@Global()
@Module({
  controllers: [TenantController, ApiKeyController],
  providers: [
    ApiKeyHandler,
    ApiKeyRepository,
    ApiKeys,
    Authenticator,
    IdempotentEffects,
    StaffRoles,
    TenantHandler,
    TenantRepository,
    {
      provide: Tokens,
      useFactory: (config: GatewayConfig, clock: Clock) => new Tokens(config.BATON_SECRET, clock),
      inject: [CONFIG, Clock],
    },
  ],
  exports: [ApiKeyRepository, ApiKeys, Authenticator, IdempotentEffects, StaffRoles, Tokens],
})
export class AuthModule {}
