import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, workflowRequests as requests } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { CancelRunHandler } from './cancel-run.handler.js';
import { ExecuteAgentHandler } from './execute-agent.handler.js';
import { ExecuteToolHandler } from './execute-tool.handler.js';
import { ExecuteWorkflowHandler } from './execute-workflow.handler.js';
import { RunReads } from './run.reads.js';

type Request<K extends keyof typeof requests> = BusRequest<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** The door to runs. */
@Controller()
export class RunController {
  constructor(
    private readonly executions: ExecuteWorkflowHandler,
    private readonly agentRuns: ExecuteAgentHandler,
    private readonly toolRuns: ExecuteToolHandler,
    private readonly cancellations: CancelRunHandler,
    private readonly reads: RunReads,
  ) {}

  @HandleRequest(requests.execute)
  execute({ ctx, body }: Request<'execute'>): Answer<'execute'> {
    return this.executions.handle(ctx, body);
  }

  @HandleRequest(requests.executeAgent)
  executeAgent({ ctx, body }: Request<'executeAgent'>): Answer<'executeAgent'> {
    return this.agentRuns.handle(ctx, body);
  }

  @HandleRequest(requests.executeTool)
  executeTool({ ctx, body }: Request<'executeTool'>): Answer<'executeTool'> {
    return this.toolRuns.handle(ctx, body);
  }

  @HandleRequest(requests.getRun)
  get({ ctx, body }: Request<'getRun'>): Answer<'getRun'> {
    return this.reads.get(ctx.tenant_id, body.run_id);
  }

  @HandleRequest(requests.listRuns)
  list({ ctx, body }: Request<'listRuns'>): Answer<'listRuns'> {
    return this.reads.list(ctx.tenant_id, body);
  }

  @HandleRequest(requests.runEvents)
  events({ ctx, body }: Request<'runEvents'>): Answer<'runEvents'> {
    return this.reads.events(ctx.tenant_id, body.run_id, body);
  }

  @HandleRequest(requests.cancelRun)
  cancel({ ctx, body, deadline }: Request<'cancelRun'>): Answer<'cancelRun'> {
    return this.cancellations.handle(ctx, body, deadline);
  }
}
