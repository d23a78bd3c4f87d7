import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';

import { Allow } from '../auth/access.js';
import type { Principal } from '../auth/principal.js';
import { Caller } from '../http/call.js';
import { TicketDto } from '../token/token.dto.js';
import { Tickets, TICKET_TTL_SECONDS } from './tickets.js';

@ApiTags('Staff')
@Controller('api/v1/ws-tickets')
export class TicketController {
  constructor(private readonly tickets: Tickets) {}

  /** For `WS /ws/staff?ticket=`. */
  @Post()
  @HttpCode(201)
  @Allow({ scopes: ['staff'], staff: 'agent' })
  @ApiResponse({ status: 201, type: TicketDto })
  async issue(@Caller() principal: Principal): Promise<TicketDto> {
    return { ticket: await this.tickets.issue(principal), expires_in: TICKET_TTL_SECONDS };
  }
}
