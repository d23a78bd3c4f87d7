import { DateTime, Int, Text } from '../dto/fields.js';

export class TokenDto {
  @Text()
  token!: string;

  @DateTime()
  expires_at!: string;
}

export class TicketDto {
  @Text({ description: 'Single use' })
  ticket!: string;

  @Int({ example: 30, description: 'Seconds' })
  expires_in!: number;
}
