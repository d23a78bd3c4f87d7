import { DateTime, Int, ListOfText, OneOf, Text } from '../dto/fields.js';

const STATUSES = ['ENABLED', 'DISABLED'] as const;
export const DEFAULT_OVERLAP_SECONDS = 86_400;
const URL_RULES = { min: 1, max: 2048, example: 'https://example.com/hooks/baton' } as const;
const TYPES_EXAMPLE = ['conversation.*', 'offer.created'];

export class CreateWebhookDto {
  @Text({ ...URL_RULES, description: 'http or https; not private, unless the operator allows it' })
  url!: string;

  @ListOfText({
    optional: true,
    notEmpty: true,
    example: TYPES_EXAMPLE,
    description: 'Types, or `conversation.*` and the like; all that happens unless given',
  })
  event_types?: string[];

  @Text({ optional: true, nullable: true, max: 500 })
  description?: string | null;
}

export class ChangeWebhookDto {
  @Text({ ...URL_RULES, optional: true })
  url?: string;

  @ListOfText({ optional: true, notEmpty: true, example: TYPES_EXAMPLE })
  event_types?: string[];

  @Text({ optional: true, nullable: true, max: 500 })
  description?: string | null;

  @OneOf(STATUSES, { optional: true })
  status?: (typeof STATUSES)[number];
}

export class WebhookDto {
  @Text({ example: 'hook_1' })
  webhook_id!: string;

  @Text(URL_RULES)
  url!: string;

  @ListOfText({ example: TYPES_EXAMPLE })
  event_types!: string[];

  @Text({ nullable: true })
  description!: string | null;

  @OneOf(STATUSES)
  status!: (typeof STATUSES)[number];

  @OneOf(['asked', 'gone', 'failing'], {
    nullable: true,
    description: '`gone`: the receiver answered 410. `failing`: nothing got through for days',
  })
  disabled_reason!: string | null;

  @DateTime({ nullable: true, description: 'Since when nothing gets through' })
  failing_since!: string | null;

  @DateTime()
  created_at!: string;

  @DateTime()
  updated_at!: string;
}

export class NewWebhookDto extends WebhookDto {
  @Text({ description: 'Signs every delivery (Standard Webhooks); shown once', example: 'whsec_…' })
  secret!: string;
}

export class RotateSecretDto {
  @Int({
    optional: true,
    min: 0,
    max: 7 * 86_400,
    description: `How long the secret before signs too; ${DEFAULT_OVERLAP_SECONDS} unless given`,
  })
  overlap_seconds?: number;
}

export class RotatedSecretDto {
  @Text({ example: 'hook_1' })
  webhook_id!: string;

  @Text({ description: 'Shown once', example: 'whsec_…' })
  secret!: string;

  @DateTime({ description: 'Until then deliveries are signed with the secret before, too' })
  previous_secret_expires_at!: string;
}
