import {
  type AnswerOf,
  BatonError,
  type BodyOf,
  isProblemCode,
  PROBLEMS,
  type RequestContext,
  type RunView,
  type workflowRequests,
} from '@baton/contracts';

import { CONVERSATION_HANDOVER } from '../tool/builtin/conversation-handover.tool.js';
import { isReconnectReason } from '../tool/reconnect-reason.js';
import type { Tool, ToolArguments } from '../tool/tool.js';
import { checkArguments } from '../tool/tool-arguments.js';
import type { ToolRegistry } from '../tool/tool-registry.js';
import type { WorkflowRegistry } from '../workflow/workflow.registry.js';
import type { RunRepository } from './run.repository.js';
import type { StartAndWait } from './start-and-wait.js';
import { CALL, toolWorkflow } from './tool-workflow.js';

type Body = BodyOf<typeof workflowRequests.executeTool>;
type Answer = Promise<AnswerOf<typeof workflowRequests.executeTool>>;

/**
 * `POST /api/v1/tools/{name}/execute`: one call of a tool alone. It is a run like any other, so that it is journaled,
 * taken up again behind a crash, and goes through the one door to the tools.
 */
export class ExecuteToolHandler {
  constructor(
    private readonly tools: ToolRegistry,
    private readonly workflows: WorkflowRegistry,
    private readonly runs: StartAndWait,
    private readonly repository: RunRepository,
  ) {}

  /**
   * A call above LOW pauses until people have decided.
   * @throws BatonError `not-found`, `validation-failed` with the paths of the arguments, `conflict` where it is not connected, `tool-refused`, `tool-failed`
   */
  async handle(ctx: RequestContext, { name, args, wait_ms }: Body): Answer {
    const tool = await this.tools.find(name, ctx.tenant_id);
    if (!tool) throw new BatonError('not-found', `There is no tool ${JSON.stringify(name.slice(0, 100))}`);
    const definition = toolWorkflow(tool, runnable(tool, args));
    if ((await tool.isConnected?.(ctx.tenant_id)) === false)
      throw new BatonError('conflict', `${tool.name} is not connected: somebody has to connect it first`);
    const { result: run, replayed } = await this.runs.run(ctx, {
      ...this.workflows.unregistered(definition),
      definition,
      input: { args },
      inputName: 'args',
      waitMs: wait_ms,
    });
    if (run.sink === 'HANDOVER' && tool.name !== CONVERSATION_HANDOVER)
      throw await this.handedOver(ctx, tool, run);
    const result = resultOf(run);
    const { run_id, status, approval_id } = run;
    return { result: { run_id, status, approval_id, result }, replayed };
  }

  /** It needs a person: to connect it, or to look whether it was done. */
  private async handedOver(
    ctx: RequestContext,
    tool: Tool,
    { run_id, handover }: RunView,
  ): Promise<BatonError> {
    const { state } = await this.repository.load(ctx.tenant_id, run_id);
    const finished = 'tools_finished' in state ? Object.values(state.tools_finished) : [];
    const code = finished.map(({ error }) => error?.code ?? '').find(isReconnectReason);
    const note = handover?.note ?? `${tool.name} needs a person`;
    return new BatonError(code === undefined ? 'tool-failed' : 'conflict', note, {
      details: { run_id, ...(code !== undefined && { code }) },
    });
  }
}

const runnable = (tool: Tool, args: unknown): ToolArguments => {
  const { ok, problem, errors } = checkArguments(tool, args);
  if (problem !== undefined) throw new BatonError('validation-failed', problem, { errors });
  return ok;
};

/** What a call came to. @throws BatonError where that is no result */
const resultOf = ({ run_id, status, error, steps }: RunView): unknown => {
  const details = { run_id };
  if (status === 'RUNNING' || status === 'PAUSED') return null;
  if (status === 'CANCELLED') throw new BatonError('cancelled', 'The call was cancelled', { details });
  if (error) throw failure(error, run_id);
  return steps.find(({ id }) => id === CALL)?.output ?? null;
};

const failure = ({ code, message }: NonNullable<RunView['error']>, run_id: string): BatonError => {
  const details = { run_id, code };
  // What no schema says, such as a path that would climb out.
  if (code === 'invalid-arguments')
    return new BatonError('validation-failed', message, { details, errors: [{ path: 'args', message }] });
  if (code === 'internal') return new BatonError('tool-failed', message, { details });
  // A tool's own words for a no (an order that is not found) are not ours: our caller did find the tool.
  return isProblemCode(code) && PROBLEMS[code].retryable
    ? new BatonError(code, message, { details })
    : new BatonError('tool-refused', message, { details });
};
