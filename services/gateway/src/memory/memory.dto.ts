import type { ConversationMemoryView, MemoryHit } from '@baton/contracts';

import { CONVERSATION_ID } from '../dto/caller-ids.js';
import { Decimal, Int, ListOf, Nested, OneOf, Text } from '../dto/fields.js';
import { PageQueryDto } from '../dto/page.dto.js';

export class MemoryQueryDto extends PageQueryDto {
  @Text({ min: 1, max: 2000, notBlank: true })
  q!: string;

  @Text({ optional: true, pattern: CONVERSATION_ID })
  conversation_id?: string;

  @Text({ optional: true, max: 128 })
  customer_id?: string;
}

export class MemorySourceDto {
  @Text()
  conversation_id!: string;

  @Int({ nullable: true })
  turn_number!: number | null;
}

export class MemoryHitDto implements MemoryHit {
  @Text({ example: 'mem_1' })
  memory_id!: string;

  @OneOf(['turn', 'fact', 'summary'])
  kind!: MemoryHit['kind'];

  @Text()
  content!: string;

  @Decimal()
  score!: number;

  @Nested(() => MemorySourceDto)
  source!: MemorySourceDto;
}

export class MemoryDto {
  @Text({ example: 'mem_1' })
  memory_id!: string;

  @OneOf(['turn', 'fact'])
  kind!: 'turn' | 'fact';

  @Text()
  content!: string;

  @Int()
  turn_number!: number;
}

export class ConversationMemoryDto implements ConversationMemoryView {
  @Text({ nullable: true })
  summary!: string | null;

  @Int()
  summarized_through_turn!: number;

  @ListOf(() => MemoryDto, { description: 'Every finished turn has exactly one of kind `turn`' })
  memories!: MemoryDto[];
}
