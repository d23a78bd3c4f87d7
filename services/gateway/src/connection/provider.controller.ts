import { BusClient } from '@baton/bus';
import { connectionRequests, type Page, type ProviderView, type RequestContext } from '@baton/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';

import { Allow } from '../auth/access.js';
import { pageOf, PageQueryDto } from '../dto/page.dto.js';
import { Context } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import { ProviderDto } from './connection.dto.js';

const ProviderPageDto = pageOf(ProviderDto);

@ApiTags('Connections')
@Controller('api/v1/connection-providers')
export class ProviderController {
  constructor(private readonly bus: BusClient) {}

  /** What may be connected to, by name. */
  @Get()
  @Allow({ scopes: ['workflows', 'admin'], staff: 'supervisor' })
  @ApiResponse({ status: 200, type: ProviderPageDto })
  @problems('validation-failed')
  list(@Query() query: PageQueryDto, @Context() ctx: RequestContext): Promise<Page<ProviderView>> {
    return this.bus.request(connectionRequests.listProviders, ctx, query);
  }
}
