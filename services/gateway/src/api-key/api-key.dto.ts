import { type Scope, SCOPES } from '../auth/principal.js';
import { DateTime, ListOfText, Text } from '../dto/fields.js';

export class CreateApiKeyDto {
  @Text({ min: 1, max: 200, notBlank: true, example: 'Web shop' })
  name!: string;

  @ListOfText({ of: SCOPES, notEmpty: true, example: ['conversations'] })
  scopes!: Scope[];
}

export class NewApiKeyDto {
  @Text({ example: 'key_1' })
  key_id!: string;

  @Text({ description: 'Shown once' })
  api_key!: string;
}

export class ApiKeyDto {
  @Text({ example: 'key_1' })
  key_id!: string;

  @Text()
  name!: string;

  @ListOfText({ of: SCOPES })
  scopes!: Scope[];

  @DateTime()
  created_at!: string;
}
