import type { AnalyticsRow } from '@baton/contracts';

import { DateTime, Decimal, Flag, Int, MoneyField, OneOf, Text } from '../dto/fields.js';

/** A conversation as a flat row of the export. */
export class AnalyticsRowDto implements AnalyticsRow {
  @Text({ nullable: true })
  conversation_id!: string | null;

  @DateTime()
  started_at!: string;

  @DateTime()
  last_event_at!: string;

  @Text()
  state!: string;

  @Text({ nullable: true })
  workflow!: string | null;

  @Int({ nullable: true })
  workflow_version!: number | null;

  @Text({ nullable: true })
  channel!: string | null;

  @OneOf(['ai', 'human'])
  handled_by!: 'ai' | 'human';

  @Text({ description: 'Joined with `;`' })
  agents!: string;

  @Text({ description: 'Joined with `;`' })
  models!: string;

  @Int()
  turns!: number;

  @Int()
  customer_messages!: number;

  @Int()
  ai_messages!: number;

  @Int()
  human_messages!: number;

  @Int()
  handovers!: number;

  @Text({ description: 'Joined with `;`' })
  handover_reasons!: string;

  @Text({ description: 'Joined with `;`' })
  skills!: string;

  @Int()
  pauses!: number;

  @Flag()
  is_settled!: boolean;

  @DateTime({ nullable: true })
  settled_at!: string | null;

  @Flag()
  resolved!: boolean;

  @Flag()
  abandoned!: boolean;

  @OneOf(['yes', 'no', 'pending'])
  durable!: 'yes' | 'no' | 'pending';

  @Int()
  reopened!: number;

  @Decimal()
  ai_seconds!: number;

  @Decimal()
  human_seconds!: number;

  @Decimal()
  queue_seconds!: number;

  @Decimal({ nullable: true })
  first_response_seconds!: number | null;

  @Int()
  ai_calls!: number;

  @MoneyField()
  ai_cost_usd!: string;

  @MoneyField()
  human_cost_usd!: string;

  @Int({ nullable: true })
  csat_rating!: number | null;

  @OneOf(['ai', 'human'], { nullable: true })
  csat_handled_by!: 'ai' | 'human' | null;

  @Int()
  sla_met!: number;

  @Int()
  sla_missed!: number;

  @Flag()
  erased!: boolean;
}
