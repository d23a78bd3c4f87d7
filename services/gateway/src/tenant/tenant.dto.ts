import { DateTime, Text } from '../dto/fields.js';

export class CreateTenantDto {
  @Text({ min: 1, max: 200, notBlank: true, example: 'Acme' })
  name!: string;
}

export class NewTenantDto {
  @Text({ example: 'tenant_1' })
  tenant_id!: string;

  @Text({ description: 'Its first API key, all scopes; shown once' })
  api_key!: string;
}

export class TenantDto {
  @Text({ example: 'tenant_1' })
  tenant_id!: string;

  @Text()
  name!: string;

  @DateTime()
  created_at!: string;
}
