import {
  type ModelHealth,
  type ModelsView,
  USAGE_GROUPS,
  type UsageGroup,
  type UsageItem,
  type UsageNumbers,
  type UsageReport,
} from '@baton/contracts';

import { DateTime, Flag, Int, JsonObject, ListOf, MoneyField, OneOf, Text } from '../dto/fields.js';
import { PageQueryDto } from '../dto/page.dto.js';

/** To the second or finer, with an offset; brought to UTC with milliseconds before it is asked. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?$/;
const TIME_FIELD = { optional: true, pattern: TIME, example: '2026-11-22T00:00:00.000Z' };

export class UsageQueryDto extends PageQueryDto {
  @Text({ ...TIME_FIELD, description: 'Calls that began at or after this; a date means its midnight, UTC' })
  from?: string;

  @Text({ ...TIME_FIELD, description: 'And before this' })
  to?: string;

  @OneOf(USAGE_GROUPS, { optional: true })
  group_by?: UsageGroup;
}

export class UsageNumbersDto implements UsageNumbers {
  @Int({ description: 'Calls that were asked for, whatever became of them' })
  calls!: number;

  @Int({ description: 'Requests to models: a call that was tried again has several' })
  attempts!: number;

  @Int({ description: 'Answers that were given' })
  answered!: number;

  @Int({ description: 'Answers from the cache: they cost nothing' })
  cached_answers!: number;

  @Int({ description: 'Attempts that a crash cut off: what they used, nobody knows' })
  unknown!: number;

  @Int()
  input_tokens!: number;

  @Int({ description: 'Among the input tokens' })
  cached_tokens!: number;

  @Int()
  output_tokens!: number;

  @Int({ description: 'Among the output tokens' })
  reasoning_tokens!: number;

  @MoneyField()
  cost_usd!: string;
}

const named = (what: string) => ({ optional: true, nullable: true, description: `With group_by=${what}` });

export class UsageItemDto extends UsageNumbersDto implements UsageItem {
  @Text({ nullable: true, description: 'What the group is; also under the name it was grouped by' })
  group!: string | null;

  @Text({ ...named('model'), example: 'openai/gpt-6.1-terra' })
  model?: string | null;

  @Text(named('kind'))
  kind?: string | null;

  @Text(named('outcome'))
  outcome?: string | null;

  @Text({ ...named('day'), example: '2026-11-22' })
  day?: string | null;

  @Text({ ...named('month'), example: '2026-11' })
  month?: string | null;

  @Text(named('workflow'))
  workflow?: string | null;

  @Text(named('conversation'))
  conversation?: string | null;

  @Text(named('run'))
  run?: string | null;

  @Text(named('node'))
  node?: string | null;
}

export class UsageReportDto extends UsageNumbersDto implements UsageReport {
  @DateTime({ nullable: true })
  from!: string | null;

  @DateTime({ nullable: true })
  to!: string | null;

  @OneOf(USAGE_GROUPS, { nullable: true })
  group_by!: UsageGroup | null;

  @ListOf(() => UsageItemDto, { description: 'Most expensive first; days and months in their order' })
  items!: UsageItemDto[];

  @Text({ nullable: true, description: 'For `?cursor=`; null at the end' })
  next_cursor!: string | null;
}

export class ModelHealthDto implements ModelHealth {
  @Text({ example: 'openai/gpt-6.1-terra' })
  model!: string;

  @OneOf(['closed', 'open', 'half_open'], {
    description: 'open: it failed again and again and is left alone',
  })
  breaker!: ModelHealth['breaker'];

  @Flag()
  available!: boolean;

  @DateTime({ nullable: true })
  last_success_at!: string | null;

  @DateTime({ nullable: true })
  last_failure_at!: string | null;

  @Text({ nullable: true, example: 'transient-503' })
  last_failure!: string | null;

  @Flag()
  tool_calls!: boolean;

  @Int()
  context_window!: number;
}

export class ModelsViewDto implements ModelsView {
  @JsonObject({
    description: 'What each tier comes to, in the order in which it is tried',
    example: { fast: ['openai/gpt-5.6-luna'] },
  })
  tiers!: Record<string, readonly string[]>;

  @ListOf(() => ModelHealthDto, { description: 'As the replica that answers sees them' })
  models!: ModelHealthDto[];
}
