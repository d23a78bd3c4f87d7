import { CustomerDto } from '../conversation/conversation.dto.js';
import { DateTime, Int, Nested, Text } from '../dto/fields.js';

export class TokenDto {
  @Text()
  token!: string;

  @DateTime()
  expires_at!: string;
}

export class IssueConversationTokenDto {
  @Nested(() => CustomerDto, {
    optional: true,
    description: "Who the customer is: the browser that gets the token can't say, and writes as this person",
  })
  customer?: CustomerDto;
}

export class TicketDto {
  @Text({ description: 'Single use' })
  ticket!: string;

  @Int({ example: 30, description: 'Seconds' })
  expires_in!: number;
}
