import type { EventView } from '@baton/contracts';

import { DateTime, Int, JsonObject, Nested, QueryInt, Text } from '../dto/fields.js';
import { PageQueryDto } from '../dto/page.dto.js';

export class ActorDto {
  @Text({ example: 'human_agent' })
  type!: string;

  @Text({ example: 'agent_ana' })
  id!: string;
}

/** One entry of the append-only log. */
export class EventDto implements EventView {
  @Int({ min: 1 })
  version!: number;

  @Text({ example: 'conversation.handed_over' })
  type!: string;

  @JsonObject()
  data!: Record<string, unknown>;

  @Nested(() => ActorDto)
  actor!: ActorDto;

  @Text({ example: 'ai' })
  owner!: string;

  @Int()
  owner_epoch!: number;

  @DateTime()
  occurred_at!: string;

  @Text({
    optional: true,
    nullable: true,
    example: '4bf92f3577b34da6a3ce929d0e0e4736',
    description: 'The trace that this is part of; not for customers',
  })
  trace_id?: string | null;
}

export class EventsQueryDto extends PageQueryDto {
  @QueryInt({ min: 0, description: 'Over SSE: begin after this version, as `Last-Event-ID` does' })
  after?: number;
}
