import { type BusRequest, HandleRequest } from '@baton/bus';
import { type ModelsView, type UsageReport, usageRequests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { Breakers } from '../routing/breakers.js';
import { ModelRouter } from '../routing/model-router.js';
import { ReportUsageHandler } from './report-usage.handler.js';

/** What was used, and how the models are. */
@Controller()
export class UsageController {
  constructor(
    private readonly reportHandler: ReportUsageHandler,
    private readonly models: ModelRouter,
    private readonly breakers: Breakers,
  ) {}

  @HandleRequest(usageRequests.report)
  report({ ctx, body }: BusRequest<typeof usageRequests.report>): Promise<UsageReport> {
    return this.reportHandler.handle(ctx.tenant_id, body);
  }

  @HandleRequest(usageRequests.models)
  async health(): Promise<ModelsView> {
    const { tiers, routes } = await this.models.known();
    return {
      tiers,
      models: routes.map(({ name, ref, provider }) => {
        const condition = this.breakers.condition(name);
        const { toolCalls, contextWindow } = provider.capabilities(ref.model);
        return {
          model: name,
          breaker: condition.breaker,
          available: condition.breaker !== 'open',
          last_success_at: condition.lastSuccessAt?.toISOString() ?? null,
          last_failure_at: condition.lastFailureAt?.toISOString() ?? null,
          last_failure: condition.lastFailure,
          tool_calls: toolCalls,
          context_window: contextWindow,
        };
      }),
    };
  }
}
