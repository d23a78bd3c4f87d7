import { type ArchivedView, RetentionAction, type RetentionView } from '@baton/contracts';

import { DateTime, Decimal, Int, OneOf, Text } from '../dto/fields.js';

export class RetentionDto implements RetentionView {
  @Decimal({ description: 'Days behind the last event of a FINISHED or RESOLVED conversation' })
  days!: number;

  @OneOf(RetentionAction.options)
  action!: RetentionAction;
}

export class ChooseRetentionDto {
  @OneOf(RetentionAction.options, {
    description: '`archive`: a sealed copy of the log is kept before everything is erased',
  })
  action!: RetentionAction;
}

export class ArchivedDto implements ArchivedView {
  @Text({ example: 'conv_123' })
  conversation_id!: string;

  @DateTime()
  archived_at!: string;

  @Int({ description: 'How many events its log had' })
  events!: number;
}
