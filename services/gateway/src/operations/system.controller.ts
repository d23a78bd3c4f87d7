import { BusClient } from '@baton/bus';
import { DEFAULT_TENANT, isBatonError, operationsRequests, type RequestContext } from '@baton/contracts';
import { Controller, Get } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';

import { Allow } from '../auth/access.js';
import { Context } from '../http/call.js';
import { installationView } from './installation-view.js';
import { ProcessRollCall } from './process-roll-call.js';
import { OpenWorkDto, SystemDto } from './system.dto.js';

const TIMEOUT_MS = 2_500;

@ApiTags('Operations')
@Controller('api/v1/system')
export class SystemController {
  constructor(
    private readonly bus: BusClient,
    private readonly processes: ProcessRollCall,
  ) {}

  /** Whether it is healthy: the tenant's own work, and for the default tenant the whole installation. */
  @Get()
  @Allow({ scopes: ['admin'], staff: 'admin' })
  @ApiResponse({ status: 200, type: SystemDto })
  async look(@Context() ctx: RequestContext): Promise<SystemDto> {
    const [work, call] = await Promise.all([
      this.work(ctx),
      // Its figures are of all tenants together, and say how much the others do.
      ctx.tenant_id === DEFAULT_TENANT ? this.processes.call() : undefined,
    ]);
    return {
      at: call?.at ?? new Date(this.bus.now()).toISOString(),
      installation: call ? (installationView(call.reports) as SystemDto['installation']) : null,
      work,
    };
  }

  /** Null where it is just the orchestrator that does not answer: that is what the page is there to say. */
  private async work(ctx: RequestContext): Promise<OpenWorkDto | null> {
    try {
      const options = { timeoutMs: TIMEOUT_MS };
      return (await this.bus.request(operationsRequests.openWork, ctx, {}, options)) as OpenWorkDto;
    } catch (error) {
      if (isBatonError(error) && error.retryable) return null;
      throw error;
    }
  }
}
