import { type BusRequest, HandleRequest } from '@baton/bus';
import { queueWaitRequests as requests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { ReportLinksHandler } from './report-links.handler.js';

/** The door of the gateways' reports. */
@Controller()
export class AgentLinkController {
  constructor(private readonly links: ReportLinksHandler) {}

  @HandleRequest(requests.reportLinks)
  async report({ ctx, body }: BusRequest<typeof requests.reportLinks>): Promise<null> {
    await this.links.report(ctx.tenant_id, body.gateway_id, body.agents);
    return null;
  }
}
