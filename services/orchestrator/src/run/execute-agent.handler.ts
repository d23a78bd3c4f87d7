import {
  type AnswerOf,
  BatonError,
  type BodyOf,
  isBatonError,
  type RequestContext,
  type workflowRequests,
} from '@baton/contracts';

import { agentTypes } from '../agent/agents.js';
import type { ChosenSandbox } from '../sandbox/chosen-sandbox.js';
import type { VersionedWorkflow, WorkflowRegistry } from '../workflow/workflow.registry.js';
import { agentInput, agentWorkflow, callersPath } from './agent-workflow.js';
import type { StartAndWait } from './start-and-wait.js';

type Body = BodyOf<typeof workflowRequests.executeAgent>;
type Answer = Promise<AnswerOf<typeof workflowRequests.executeAgent>>;

/** `POST /api/v1/agents/{type}/execute`: one agent run alone, journaled and resumed as any run. */
export class ExecuteAgentHandler {
  constructor(
    private readonly registry: WorkflowRegistry,
    private readonly runs: StartAndWait,
    private readonly sandbox: ChosenSandbox,
  ) {}

  async handle(ctx: RequestContext, body: Body): Answer {
    await this.requireAvailable(body.type);
    const definition = agentWorkflow(body);
    return this.runs.run(ctx, {
      ...this.compiled(definition),
      definition,
      input: agentInput(body),
      inputName: 'input',
      waitMs: body.wait_ms,
    });
  }

  private async requireAvailable(type: string): Promise<void> {
    const known = agentTypes(await this.sandbox.choice());
    const agent = known.find((each) => each.type === type);
    if (!agent) {
      const types = known.map((each) => each.type).join(', ');
      throw new BatonError('not-found', `There is no agent type "${type}"; there are ${types}`);
    }
    if (!agent.available)
      throw new BatonError(
        'sandbox-unavailable',
        `The ${type} agent can not run here. ${agent.unavailable_reason ?? ''}`,
      );
  }

  private compiled(definition: string): VersionedWorkflow {
    try {
      return this.registry.unregistered(definition);
    } catch (error) {
      if (!isBatonError(error, 'validation-failed')) throw error;
      // The caller wrote no file: its lines and columns are nothing to them.
      const errors = (error.errors ?? []).map(({ path, message }) => ({ path: callersPath(path), message }));
      throw new BatonError('validation-failed', 'The agent can not run like this', { errors });
    }
  }
}
