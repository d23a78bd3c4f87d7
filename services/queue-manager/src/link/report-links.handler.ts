import { Injectable } from '@nestjs/common';

import { AgentLinksRepository, type LinkReport } from './agent-links.repository.js';
import { GoneAgentSweep } from './gone-agent-sweep.js';

/** A gateway tells which agents hold streams open at it. */
@Injectable()
export class ReportLinksHandler {
  constructor(
    private readonly links: AgentLinksRepository,
    private readonly sweep: GoneAgentSweep,
  ) {}

  async report(tenantId: string, gatewayId: string, agents: readonly LinkReport[]): Promise<void> {
    await this.links.report(tenantId, gatewayId, agents);
    this.sweep.heard();
  }
}
