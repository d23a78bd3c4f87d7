import { BatonError, type RunEvent, type Usage } from '@baton/contracts';

import type { Agent, AgentResult } from '../../agent/agent.js';
import { conversationHandoverTool } from '../../tool/builtin/conversation-handover.tool.js';
import { type Tool, ToolError } from '../../tool/tool.js';
import { ToolExecutor } from '../../tool/tool-executor.js';
import { ToolRegistry } from '../../tool/tool-registry.js';
import type { ExpressionEngine } from '../../workflow/expression/expression-engine.js';
import { isModelName } from '../../workflow/load/catalog.js';
import { loadWorkflow } from '../../workflow/load-workflow.js';
import type { Workflow } from '../../workflow/workflow.js';
import { runDecider } from '../run.decider.js';
import { systemRunClock } from '../run-clock.js';
import { PauseRequests } from '../pause-requests.js';
import { RunExecution } from '../run-execution.js';
import type { PlayedRun } from '../run-outcome.js';
import type { Run, RunningRun } from '../run.state.js';

/** The process died: nothing that it would still do happens. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

const NOW = '2026-11-22T10:00:00.000Z';
export const COST: Usage = { input_tokens: 10, output_tokens: 5, cost_usd: '0.01' };

/** What a model answers in a test, by what it was asked. */
export type Answer = (nodeId: string, iteration: number, question: string) => AnswerOf;
export type AnswerOf = Partial<AgentResult> | { readonly call: { tool: string; args: unknown } } | Error;

/**
 * Everything around a run that outlives a process: the log, the router's results by call id, a shop that honours
 * idempotency keys. A process of this world may die at any of its points.
 */
export class RunWorld {
  readonly events: RunEvent[] = [];
  readonly commits: number[] = [];
  /** Call id → answer; a repeated id gives the stored one. */
  readonly answered = new Map<string, AnswerOf>();
  /** Idempotency key → what was bought. */
  readonly effects = new Map<string, unknown>();
  readonly asked: string[] = [];
  /** What was done again though the log said that it had been done. */
  readonly needless: string[] = [];
  private refusal: Error | undefined;
  /** The next process dies at this of its points. */
  dieAt = Infinity;

  constructor(
    readonly workflow: Workflow,
    private readonly expressions: ExpressionEngine,
    private readonly answer: Answer = () => ({ text: 'ok' }),
    private readonly options: { readonly slowTool?: () => Promise<void> } = {},
  ) {}

  start(input: Record<string, unknown>, conversation = false): this {
    this.events.push({
      type: 'run.started',
      data: {
        run_id: 'run_1',
        workflow: { name: this.workflow.name, version: 1 },
        mode: conversation ? 'conversation' : 'standalone',
        conversation_id: conversation ? 'conv_1' : null,
        turn_number: conversation ? 1 : null,
        input,
      },
    });
    return this;
  }

  get state(): Run {
    return this.events.reduce<Run>(
      (state, event) => runDecider.evolve(state, { ...event, occurred_at: NOW }),
      runDecider.initialState(),
    );
  }

  /** A process takes the run up and plays it until it ends or the process dies. */
  async play(signal: AbortSignal = new AbortController().signal): Promise<PlayedRun> {
    const mortal = new MortalProcess(this.dieAt);
    const execution = new RunExecution(
      {
        tenantId: 'default',
        workflow: this.workflow,
        run: this.state as RunningRun,
        appender: { append: (events) => this.append(events, mortal) },
        signal,
        conversation: null,
        context: null,
        streamTo: null,
      },
      {
        expressions: this.expressions,
        agents: new Map([
          ['simple', this.agent('simple', mortal)],
          ['reasoning', this.agent('reasoning', mortal)],
        ]),
        agentPorts: {
          models: { complete: unused, resolve: unused },
          tools: new ToolExecutor(new ToolRegistry(this.tools(mortal)), { toolFailed: () => undefined }),
        },
        clock: { ...systemRunClock(() => NOW), sleep: unhurriedSleep },
        findTool: () => Promise.resolve(undefined),
        pauses: this.pauses,
        digestKey: Buffer.alloc(32, 1),
        random: () => 0,
        stepFailed: () => undefined,
      },
    );
    return Promise.race([execution.run(), mortal.death.promise]);
  }

  readonly pauses = new PauseRequests();

  /** The log takes nothing more from whoever plays. */
  refuseAppends(error: Error): void {
    this.refusal = error;
  }

  private async append(events: readonly RunEvent[], mortal: MortalProcess): Promise<void> {
    await mortal.point();
    if (this.refusal) throw this.refusal;
    this.events.push(...events);
    this.commits.push(events.length);
    await mortal.point();
  }

  /** Thinks, calls the tools that its answers ask for, and answers: journaled as an agent journals. */
  private agent(name: string, mortal: MortalProcess): Agent {
    return {
      name,
      description: name,
      defaultModel: 'smart',
      takesTools: true,
      run: async (call, { tools }) => {
        const { journal, nodeId, runId } = call.scope;
        for (let iteration = 1; ; iteration += 1) {
          const known = journal.thoughts(nodeId)[iteration - 1];
          const answer = known
            ? callOf(known.tool_calls)
            : await this.ask(
                `${runId}:${nodeId}:${iteration}:${call.retryTry}`,
                nodeId,
                iteration,
                call.question,
                mortal,
              );
          if (answer instanceof Error) throw answer;
          if (!('call' in answer)) return result(answer);
          if (!known) await journal.append([thought(nodeId, iteration, answer.call)]);
          await tools.execute(
            [{ callId: `c${iteration}`, tool: answer.call.tool, args: answer.call.args }],
            call.scope,
          );
        }
      },
    };
  }

  private async ask(
    callId: string,
    nodeId: string,
    iteration: number,
    question: string,
    mortal: MortalProcess,
  ): Promise<AnswerOf> {
    if (this.isDone(callId)) this.needless.push(callId);
    await mortal.point();
    this.asked.push(callId);
    const stored = this.answered.get(callId) ?? this.answer(nodeId, iteration, question);
    this.answered.set(callId, stored);
    await mortal.point();
    return stored;
  }

  /** `run:node:call` or `run:node:iteration:try`: in the log are its end, or the end of its step. */
  private isDone(id: string): boolean {
    const [, node, call] = id.split(':');
    return this.events.some(({ type, data }) => {
      if (!('node_id' in data) || data.node_id !== node) return false;
      if (type === 'run.step_completed') return true;
      return type === 'run.tool_finished'
        ? data.call_id === call
        : type === 'run.agent_thought' && String(data.iteration) === call;
    });
  }

  private tools(mortal: MortalProcess): Tool[] {
    const tool = (name: string, more: Partial<Tool>): Tool => ({
      name,
      description: name,
      source: 'builtin',
      inputSchema: { type: 'object' },
      riskTier: 'LOW',
      timeoutMs: 900,
      idempotency: 'safe',
      sees: [],
      run: (args) => Promise.resolve({ seen: args }),
      ...more,
    });
    return [
      tool('shop.look', {}),
      tool('shop.buy', {
        idempotency: 'key',
        run: async (args, { idempotencyKey }) => {
          if (this.isDone(idempotencyKey)) this.needless.push(idempotencyKey);
          await mortal.point();
          await this.options.slowTool?.();
          const bought = this.effects.get(idempotencyKey) ?? { bought: args };
          this.effects.set(idempotencyKey, bought);
          await mortal.point();
          return bought;
        },
      }),
      tool('shop.refuse', { run: () => Promise.reject(new ToolError('sold-out', 'It is sold out')) }),
      tool('shop.down', { run: () => Promise.reject(new BatonError('unavailable', 'The shop is down')) }),
      tool('shop.dangerous', { riskTier: 'HIGH', idempotency: 'key' }),
      conversationHandoverTool,
    ];
  }
}

/** One process of the world: it passes points between its effects and may die at one of them. */
class MortalProcess {
  readonly death = Promise.withResolvers<never>();
  private points = 0;
  private dead = false;

  constructor(private readonly dieAt: number) {}

  /** A process that died here does nothing more, ever. */
  async point(): Promise<void> {
    this.points += 1;
    if (this.points === this.dieAt) {
      this.dead = true;
      this.death.reject(new Crash('The process died'));
    }
    if (this.dead) await new Promise(() => undefined);
  }
}

/** As the real one, but what is left behind by a process that died keeps nobody waiting. */
const unhurriedSleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    if (signal.aborted) resolve();
  });

export const TEST_CATALOG = {
  tools: new Set([
    'shop.look',
    'shop.buy',
    'shop.refuse',
    'shop.down',
    'shop.dangerous',
    'conversation.handover',
  ]),
  agents: new Set(['simple', 'reasoning']),
  knowsModel: isModelName,
};

/** A workflow from its nodes and whatever else stands behind them. */
export const workflowOf = (nodes: string, rest = ''): Workflow => {
  const { ok, errors } = loadWorkflow(`name: test\nnodes:\n${nodes}\n${rest}`, TEST_CATALOG);
  if (!ok) throw new Error(JSON.stringify(errors, null, 2));
  return ok;
};

const unused = (): never => {
  throw new Error('No model is asked here');
};

const callOf = (calls: readonly { tool: string; args: unknown }[]): AnswerOf => {
  const [call] = calls;
  return call ? { call } : {};
};

const thought = (node_id: string, iteration: number, call: { tool: string; args: unknown }): RunEvent => ({
  type: 'run.agent_thought',
  data: {
    node_id,
    iteration,
    text: '',
    tool_calls: [{ id: `c${iteration}`, ...call }],
    usage: COST,
  },
});

const result = (answer: Partial<AgentResult>): AgentResult => ({
  text: '',
  confidence: null,
  sink: 'FINISH',
  reason: null,
  note: null,
  steps: [],
  fields: {},
  usage: COST,
  tried: [],
  ...answer,
});
