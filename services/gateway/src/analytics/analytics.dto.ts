import {
  ANALYTICS_GROUPS,
  type AnalyticsGroupRow,
  type AnalyticsMetrics,
  type AnalyticsSummary,
  type ConversationAnalytics,
  type Csat,
  MOST_ANALYTICS_GROUPS,
  type OwnerIntervalView,
  type Percentiles,
  type ServiceLevel,
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
import { EXPORT_FORMATS, type ExportFormat } from './analytics-export.js';

/** To the second or finer, with an offset; brought to UTC with milliseconds before it is asked. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?$/;
const TIME_FIELD = { optional: true, pattern: TIME, example: '2026-11-22T00:00:00.000Z' };

const ONE = `(?:${ANALYTICS_GROUPS.join('|')})`;
const GROUPS = new RegExp(`^${ONE}(?:,${ONE}){0,${MOST_ANALYTICS_GROUPS - 1}}$`);

export class AnalyticsWindowDto {
  @Text({
    ...TIME_FIELD,
    description: 'Conversations that began at or after this; a date means its midnight, UTC',
  })
  from?: string;

  @Text({ ...TIME_FIELD, description: 'And before this' })
  to?: string;
}

export class AnalyticsQueryDto extends AnalyticsWindowDto {
  @Text({
    optional: true,
    pattern: GROUPS,
    description: `Up to ${MOST_ANALYTICS_GROUPS}, with commas: ${ANALYTICS_GROUPS.join(', ')}`,
    example: 'day,workflow',
  })
  group_by?: string;
}

export class AnalyticsExportQueryDto extends AnalyticsWindowDto {
  @OneOf(EXPORT_FORMATS, { optional: true, description: '`csv` where nothing is said' })
  format?: ExportFormat;
}

export class PercentilesDto implements Percentiles {
  @Decimal({ nullable: true })
  p50!: number | null;

  @Decimal({ nullable: true })
  p95!: number | null;
}

export class CsatDto implements Csat {
  @Decimal({ nullable: true })
  average!: number | null;

  @Int()
  count!: number;
}

export class CsatByHandlerDto {
  @Nested(() => CsatDto)
  ai!: CsatDto;

  @Nested(() => CsatDto)
  human!: CsatDto;
}

export class ServiceLevelDto implements ServiceLevel {
  @Int({ description: 'Handovers that a human took in time' })
  met!: number;

  @Int({ description: 'Handovers that nobody took in time' })
  missed!: number;

  @Int({ description: 'Handovers that nobody has yet, and there is time' })
  open!: number;

  @Decimal({ nullable: true, description: 'met / (met + missed)' })
  hit_rate!: number | null;
}

export class AnalyticsMetricsDto implements AnalyticsMetrics {
  @Int()
  conversations!: number;

  @Decimal({ description: 'Share that was handed over to a human at least once' })
  handover_rate!: number;

  @JsonObject({
    description: 'Share handed over at least once for the reason',
    example: { explicit_request: 0.2 },
  })
  handover_rate_by_reason!: Record<string, number>;

  @Decimal({ description: 'Share that no human ever owned and for which none is awaited' })
  containment_rate!: number;

  @Decimal({ description: 'Share that the AI answered, or handed over for another reason than its budget' })
  coverage_rate!: number;

  @Decimal({ description: 'Share that is settled: resolved by a human, or finished by the AI' })
  resolution_rate!: number;

  @Decimal({ description: 'Share that the AI settled alone' })
  ai_resolution_rate!: number;

  @Decimal({
    nullable: true,
    description: 'Share of those whose seven days are over that stayed settled through them',
  })
  durable_resolution_rate!: number | null;

  @Int({ description: 'Settled, and the seven days are not over' })
  durable_resolution_pending!: number;

  @Decimal({ nullable: true, description: 'Share of those ever settled that were opened again' })
  reopen_rate!: number | null;

  @Decimal({ description: 'The AI at work' })
  ai_seconds!: number;

  @Decimal({ description: 'Humans having the conversation' })
  human_seconds!: number;

  @Decimal({ description: 'Waiting for a human, whatever ended it' })
  queue_seconds!: number;

  @Nested(() => PercentilesDto, { description: 'Of the waits that a human ended' })
  queue_wait_seconds!: PercentilesDto;

  @Decimal({ nullable: true, description: 'Mean time to the first answer' })
  first_response_seconds!: number | null;

  @Nested(() => PercentilesDto)
  first_response_percentiles!: PercentilesDto;

  @Int({ description: 'Calls of models' })
  ai_calls!: number;

  @MoneyField()
  ai_cost_usd!: string;

  @MoneyField({ description: 'USD, to a millionth' })
  human_cost_usd!: string;

  @Nested(() => CsatDto)
  csat!: CsatDto;

  @Nested(() => CsatByHandlerDto, { description: 'By who had handled the conversation when it was rated' })
  csat_by_handler!: CsatByHandlerDto;

  @Nested(() => ServiceLevelDto)
  sla!: ServiceLevelDto;

  @JsonObject({ description: 'Handovers by reason', example: { explicit_request: 3 } })
  handover_reasons!: Record<string, number>;

  @JsonObject({ description: 'Pauses for an approval or a consultation', example: { approval: 1 } })
  pauses!: Record<string, number>;
}

export class AnalyticsGroupDto extends AnalyticsMetricsDto implements AnalyticsGroupRow {
  @Text({
    description: 'The keys, joined with ` · `; a day, week or month is named by its first day (UTC)',
    example: '2026-11-22',
  })
  group!: string;

  @JsonObject({ description: 'By grouping; empty where there is none', example: { day: '2026-11-22' } })
  keys!: Record<string, string>;
}

export class AnalyticsSummaryDto extends AnalyticsMetricsDto implements AnalyticsSummary {
  @DateTime({ nullable: true })
  from!: string | null;

  @DateTime({ nullable: true })
  to!: string | null;

  @ListOf(() => AnalyticsGroupDto, { optional: true })
  groups?: AnalyticsGroupDto[];
}

export class OwnerIntervalDto implements OwnerIntervalView {
  @OneOf(['ai', 'queue', 'human', 'pause'])
  owner!: 'ai' | 'queue' | 'human' | 'pause';

  @Text({ nullable: true, description: 'Who had it; of a wait, who ended it' })
  agent_id!: string | null;

  @Text({ nullable: true })
  reason!: string | null;

  @DateTime()
  started_at!: string;

  @DateTime({ nullable: true })
  ended_at!: string | null;

  @Text({ nullable: true, description: 'The event that ended it', example: 'handed_over' })
  ended_by!: string | null;

  @Decimal({ description: 'Of the AI, its work; of others, from start to end: 0 while it lasts' })
  seconds!: number;
}

export class ConversationAnalyticsDto extends AnalyticsMetricsDto implements ConversationAnalytics {
  @Text()
  conversation_id!: string;

  @Text()
  state!: string;

  @Text({ nullable: true })
  workflow!: string | null;

  @Int({ nullable: true })
  workflow_version!: number | null;

  @Text({ nullable: true })
  channel!: string | null;

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
  @ListOf(() => OwnerIntervalDto, { description: 'Oldest first; the latest 500 where there are more' })
  intervals!: OwnerIntervalDto[];

  @Int()
  interval_count!: number;
}
