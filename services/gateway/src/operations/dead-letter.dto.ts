import { DEAD_LETTER_STATES, type DeadLetterRecord, type DeadLetterState } from '@baton/contracts';
import { SERVICE_NAMES } from '@baton/service';

import { DateTime, Int, ListOfText, Nested, OneOf, Text } from '../dto/fields.js';
import { pageOf, PageQueryDto } from '../dto/page.dto.js';

const LONGEST_REASON = 1000;

export class DeadLettersQueryDto extends PageQueryDto {
  @OneOf(DEAD_LETTER_STATES, {
    optional: true,
    description: '`open` until something is asked of it, `pending` until its consumer has done it',
  })
  state?: DeadLetterState;
}

export class DeadLetterAskedDto {
  @OneOf(['replay', 'drop'])
  what!: 'replay' | 'drop';

  @Text({ description: 'Who asked', example: 'agent_ana' })
  by!: string;

  @Text({ nullable: true })
  reason!: string | null;

  @DateTime()
  at!: string;
}

/** A stream of events that a consumer could not handle, and what became of it. */
export class DeadLetterDto implements Omit<DeadLetterRecord, 'number'> {
  @Text({ example: 'memory-worker-12', description: '`npm run dlq` writes it `memory-worker/12`' })
  dead_letter_id!: string;

  @OneOf(SERVICE_NAMES)
  service!: string;

  @OneOf(DEAD_LETTER_STATES)
  state!: DeadLetterState;

  @Text({ example: 'memory-worker-turns' })
  consumer!: string;

  @Text({ example: 'conversation' })
  stream_type!: string;

  @Text({ example: 'conv_123' })
  stream_id!: string;

  @Int({ description: 'Of the event that failed' })
  version!: number;

  @Text({ example: 'conversation.turn_completed' })
  type!: string;

  @Text({ description: 'Why it failed the last time' })
  reason!: string;

  @Int()
  attempts!: number;

  @DateTime()
  parked_at!: string;

  @Nested(() => DeadLetterAskedDto, { nullable: true })
  asked!: DeadLetterAskedDto | null;

  @DateTime({ nullable: true })
  settled_at!: string | null;

  @OneOf(['handled', 'failed-again', 'dropped', 'published'], { nullable: true })
  outcome!: DeadLetterRecord['outcome'];
}

class DeadLetterPage extends pageOf(DeadLetterDto) {}

export class DeadLetterListDto extends DeadLetterPage {
  @ListOfText({ description: 'Services that did not answer: their letters are missing here' })
  unreachable!: readonly string[];
}

export class ReplayLetterDto {
  @Text({ optional: true, min: 1, max: LONGEST_REASON, notBlank: true, description: 'Goes into the journal' })
  reason?: string;
}

export class DropLetterDto {
  @Text({ min: 1, max: LONGEST_REASON, notBlank: true, description: 'Goes into the journal' })
  reason!: string;
}
