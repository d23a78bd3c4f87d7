import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, analyticsRequests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { ShowAnalyticsHandler } from './show-analytics.handler.js';

/** Requests about analytics. */
@Controller()
export class AnalyticsController {
  constructor(private readonly showAnalytics: ShowAnalyticsHandler) {}

  @HandleRequest(analyticsRequests.summary)
  summary({
    ctx,
    body,
  }: BusRequest<typeof analyticsRequests.summary>): Promise<AnswerOf<typeof analyticsRequests.summary>> {
    return this.showAnalytics.summary(ctx.tenant_id, body);
  }

  @HandleRequest(analyticsRequests.conversation)
  conversation({
    ctx,
    body,
  }: BusRequest<typeof analyticsRequests.conversation>): Promise<
    AnswerOf<typeof analyticsRequests.conversation>
  > {
    return this.showAnalytics.conversation(ctx.tenant_id, body.conversation_id);
  }
  @HandleRequest(analyticsRequests.rows)
  rows({
    ctx,
    body,
  }: BusRequest<typeof analyticsRequests.rows>): Promise<AnswerOf<typeof analyticsRequests.rows>> {
    return this.showAnalytics.rows(ctx.tenant_id, body);
  }
}
