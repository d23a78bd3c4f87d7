import {
  ANALYTICS_GROUPS,
  type AnalyticsGroup,
  type AnalyticsMetrics,
  type AnalyticsSummary,
  type ConversationAnalytics,
} from '@baton/contracts';

import {
  DateTime,
  Decimal,
  Flag,
  Int,
  JsonObject,
  ListOf,
  MoneyField,
  Nested,
  OneOf,
  Text,
} from '../dto/fields.js';

/** To the second or finer, with an offset; brought to UTC with milliseconds before it is asked. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?$/;
const TIME_FIELD = { optional: true, pattern: TIME, example: '2026-11-22T00:00:00.000Z' };

export class AnalyticsQueryDto {
  @Text({
    ...TIME_FIELD,
    description: 'Conversations that began at or after this; a date means its midnight, UTC',
  })
  from?: string;

  @Text({ ...TIME_FIELD, description: 'And before this' })
  to?: string;

  @OneOf(ANALYTICS_GROUPS, { optional: true })
  group_by?: AnalyticsGroup;
}

export class QueueWaitDto {
  @Decimal({ nullable: true })
  p50!: number | null;

  @Decimal({ nullable: true })
  p95!: number | null;
}

export class CsatDto {
  @Decimal({ nullable: true })
  average!: number | null;

  @Int()
  count!: number;
}

export class AnalyticsMetricsDto implements AnalyticsMetrics {
  @Int()
  conversations!: number;

  @Decimal({ description: 'Share that was handed over to a human at least once' })
  handover_rate!: number;

  @Decimal({ description: 'Share that no human ever owned and for which none is awaited' })
  containment_rate!: number;

  @Decimal({ description: 'Share that is settled: resolved by a human, or finished by the AI' })
  resolution_rate!: number;

  @Decimal()
  ai_seconds!: number;

  @Decimal()
  human_seconds!: number;

  @Nested(() => QueueWaitDto)
  queue_wait_seconds!: QueueWaitDto;

  @Decimal({ nullable: true })
  first_response_seconds!: number | null;

  @MoneyField()
  ai_cost_usd!: string;

  @MoneyField()
  human_cost_usd!: string;

  @Nested(() => CsatDto)
  csat!: CsatDto;

  @JsonObject({ description: 'Hand-overs by reason', example: { explicit_request: 3 } })
  handover_reasons!: Record<string, number>;
}

export class AnalyticsGroupDto extends AnalyticsMetricsDto {
  @Text({ description: 'A day, week or month is named by its first day (UTC)', example: '2026-11-22' })
  group!: string;
}

export class AnalyticsSummaryDto extends AnalyticsMetricsDto implements AnalyticsSummary {
  @DateTime({ nullable: true })
  from!: string | null;

  @DateTime({ nullable: true })
  to!: string | null;

  @ListOf(() => AnalyticsGroupDto, { optional: true })
  groups?: AnalyticsGroupDto[];
}

export class ConversationAnalyticsDto extends AnalyticsMetricsDto implements ConversationAnalytics {
  @Text()
  conversation_id!: string;

  @Text()
  state!: string;

  @Text({ nullable: true })
  workflow!: string | null;

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

  @Flag()
  resolved!: boolean;

  @Int()
  reopened!: number;

  @DateTime()
  started_at!: string;

  @DateTime()
  last_event_at!: string;
}
