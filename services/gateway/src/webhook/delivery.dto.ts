import { ListOf, DateTime, Int, JsonObject, OneOf, Text } from '../dto/fields.js';
import { PageQueryDto } from '../dto/page.dto.js';

export const DELIVERY_STATUSES = ['PENDING', 'DELIVERED', 'FAILED'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export class DeliveriesQueryDto extends PageQueryDto {
  @OneOf(DELIVERY_STATUSES, { optional: true })
  status?: DeliveryStatus;

  @Text({ optional: true, max: 128 })
  event_type?: string;

  @Text({ optional: true, max: 128 })
  conversation_id?: string;
}

export class AttemptDto {
  @Int({ min: 1 })
  attempt!: number;

  @DateTime()
  started_at!: string;

  @Int({ description: 'From the look-up of the name to the end of the answer' })
  latency_ms!: number;

  @Int({ nullable: true, description: 'Null where no answer came' })
  status_code!: number | null;

  @Text({ nullable: true, description: 'Why no answer came' })
  error!: string | null;

  @Text({ nullable: true, description: 'The first 1,024 bytes of the answer' })
  response_excerpt!: string | null;
}

export class DeliveryDto {
  @Text({ example: 'dlv_1', description: '`webhook-id` of every try' })
  delivery_id!: string;

  @Text({ example: 'hook_1' })
  webhook_id!: string;

  @Text()
  event_id!: string;

  @Text({ example: 'conversation.handed_over' })
  event_type!: string;

  @Text({ nullable: true })
  conversation_id!: string | null;

  @OneOf(DELIVERY_STATUSES)
  status!: DeliveryStatus;

  @Int()
  attempt_count!: number;

  @ListOf(() => AttemptDto, { description: 'Oldest first; the last 50' })
  attempts!: AttemptDto[];

  @DateTime({ nullable: true, description: 'Of a pending one' })
  next_attempt_at!: string | null;

  @DateTime()
  created_at!: string;

  @DateTime({ nullable: true, description: 'When it was delivered or given up' })
  settled_at!: string | null;
}

export class DeliveryWithPayloadDto extends DeliveryDto {
  @JsonObject({ description: 'What the receiver is sent' })
  payload!: Record<string, unknown>;
}
