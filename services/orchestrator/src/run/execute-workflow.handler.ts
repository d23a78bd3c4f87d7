import {
  type AnswerOf,
  BatonError,
  type BodyOf,
  type RequestContext,
  type workflowRequests,
} from '@baton/contracts';

import type { VersionedWorkflow, WorkflowRegistry } from '../workflow/workflow.registry.js';
import type { StartAndWait } from './start-and-wait.js';

type Body = BodyOf<typeof workflowRequests.execute>;
type Answer = Promise<AnswerOf<typeof workflowRequests.execute>>;

/** `POST /api/v1/workflows/execute`: one run without a conversation, of a workflow by name or by its text. */
export class ExecuteWorkflowHandler {
  constructor(
    private readonly registry: WorkflowRegistry,
    private readonly runs: StartAndWait,
  ) {}

  async handle(ctx: RequestContext, body: Body): Answer {
    const found = await this.find(ctx.tenant_id, body);
    const { definition, input_data: input, wait_ms: waitMs } = body;
    return this.runs.run(ctx, {
      ...found,
      ...(definition !== undefined && { definition }),
      input,
      inputName: 'input_data',
      waitMs,
    });
  }

  private async find(
    tenantId: string,
    { workflow_name, version, definition }: Body,
  ): Promise<VersionedWorkflow> {
    if (definition !== undefined) {
      if (workflow_name !== undefined || version !== undefined)
        throw refused('definition', 'takes the place of workflow_name and version: give one or the other');
      return this.registry.unregistered(definition);
    }
    if (workflow_name === undefined) throw refused('workflow_name', 'is missing');
    return version === undefined
      ? this.registry.newest(tenantId, workflow_name)
      : this.registry.version(tenantId, workflow_name, version);
  }
}

const refused = (path: string, message: string): BatonError =>
  new BatonError('validation-failed', 'The request is not valid', { errors: [{ path, message }] });
