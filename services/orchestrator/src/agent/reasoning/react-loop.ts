import {
  type ChatMessage,
  type Completion,
  type HandoverReason,
  type ModelInfo,
  NO_USAGE,
  type ToolSpec,
  type Usage,
} from '@baton/contracts';

import { addUsage } from '../../conversation/usage.js';
import { CONVERSATION_HANDOVER, requestedHandover } from '../../tool/builtin/conversation-handover.tool.js';
import type { AgentThought } from '../../tool/run-journal.port.js';
import { ApprovalNeeded } from '../../tool/approval-needed.js';
import type { ToolOutcome } from '../../tool/tool-outcome.js';
import type { AgentCall, AgentPorts, AgentResult } from '../agent.js';
import { finished, handedOver, orHandOver, type Travelled } from '../agent-result.js';
import { askModel } from '../model-call.js';
import { repetitionHint } from '../repetition-hint.js';
import { fitWindow } from '../prompt/fit-window.js';
import { fieldsOf, UNSTATED_CONFIDENCE } from '../prompt/structured-output.js';
import { loadTokenizer } from '../prompt/tokenizer.js';
import { CUT_OFF_HINT, EMPTY_HINT, UNSTRUCTURED_HINT } from '../prompt/system-prompt.js';
import { decisionSpecs, FINISH, isDecision, readFinish } from './decisions.js';
import { RepeatGuard } from './repeat-guard.js';
import { thoughtEvent, thoughtOf } from './thought.js';
import type { AgentToolCall, Transcript } from './transcript.js';

/** How an agent speaks with its model, where that differs from tool calls. */
export interface LoopHabits {
  /** What an answer says, before it is journaled. */
  readonly read?: (completion: Completion) => Completion;
  /** What the model is sent. */
  readonly ask?: (asked: { messages: ChatMessage[]; tools: ToolSpec[] }) => {
    messages: ChatMessage[];
    tools?: ToolSpec[];
  };
}

/**
 * Think, act, observe, until the agent answers or hands over. Each thought is in the journal before its tools
 * run, so the same loop goes on behind a crash: thoughts and results that are there are taken from there.
 */
export class ReactLoop {
  private readonly repeats = new RepeatGuard();
  private usage: Usage = NO_USAGE;
  private unusableAnswers = 0;

  constructor(
    private readonly call: AgentCall,
    private readonly ports: AgentPorts,
    private readonly model: ModelInfo,
    private readonly transcript: Transcript,
    private readonly habits: LoopHabits = {},
  ) {}

  run(): Promise<AgentResult> {
    return orHandOver(
      () => this.loop(),
      () => this.travelled,
    );
  }

  private async loop(): Promise<AgentResult> {
    const { refused } = this.call;
    // Who has to answer again gets one more step than those that led to the first answer.
    const maxSteps = Math.max(this.call.maxSteps, (refused?.thoughts ?? 0) + 1);
    for (let iteration = 1; iteration <= maxSteps; iteration += 1) {
      this.call.scope.boundary?.();
      const isLast = iteration === maxSteps;
      const thought = this.journaled(iteration) ?? (await this.think(iteration, isLast));
      this.usage = addUsage(this.usage, thought.usage);
      this.transcript.think(thought);
      if (refused && iteration === refused.thoughts) {
        this.correct(thought, repetitionHint(refused));
        continue;
      }
      const result = await this.act(thought, isLast);
      if (result) return result;
    }
    return this.handOver('agent_decision', `The agent came to no answer within ${maxSteps} steps`);
  }

  private journaled(iteration: number): AgentThought | undefined {
    const { journal, nodeId } = this.call.scope;
    return journal.thoughts(nodeId).find((thought) => thought.iteration === iteration);
  }

  private async think(iteration: number, isLast: boolean): Promise<AgentThought> {
    const { call, ports } = this;
    const { journal, nodeId } = call.scope;
    // Nobody would look at what a tool gives in the last round: it is for deciding.
    const tools = [...(isLast ? [] : await this.workTools()), ...decisionSpecs(call.outputSchema)];
    const messages = await fitWindow(
      this.transcript.messages,
      tools,
      this.model.context_window,
      async () => (await loadTokenizer(this.model.model)).count,
    );
    // Text is the answer only where no form is asked for.
    const shown = call.outputSchema ? { ...call, streamTo: null } : call;
    const { ask = (asked) => asked, read = (answer) => answer } = this.habits;
    const completion = read(await askModel(shown, ports, iteration, ask({ messages: [...messages], tools })));
    const thought = thoughtOf(nodeId, iteration, completion, journal.thoughts(nodeId));
    const event = thoughtEvent(thought);
    // Without a tool to run nothing depends on the thought yet: it is written with the end of the step.
    if (thought.tool_calls.every(({ tool }) => isDecision(tool))) journal.note([event]);
    else await journal.append([event]);
    return thought;
  }

  private async workTools(): Promise<ToolSpec[]> {
    return (await this.ports.tools.specs(this.call.scope)).filter(({ name }) => !isDecision(name));
  }

  private async act(thought: AgentThought, isLast: boolean): Promise<AgentResult | undefined> {
    const { text, tool_calls, stop_reason } = thought;
    if (stop_reason === 'refusal') return this.handOver('agent_decision', 'The model refused to answer');
    if (stop_reason === 'length') return this.unusable(thought, CUT_OFF_HINT, 'was too long and was cut off');
    if (tool_calls.length > 0) return this.callTools(tool_calls, text, isLast);
    if (text.trim() === '') return this.unusable(thought, EMPTY_HINT, 'was empty');
    if (this.call.outputSchema)
      return this.unusable(thought, UNSTRUCTURED_HINT, 'had not the form that is asked for');
    return finished(text, thought.confidence ?? UNSTATED_CONFIDENCE, {}, this.travelled);
  }

  /** Once it is told; what comes out unusable twice is for a person. */
  private unusable(thought: AgentThought, hint: string, what: string): AgentResult | undefined {
    this.unusableAnswers += 1;
    if (this.unusableAnswers > 1) return this.handOver('agent_decision', `The model's answer ${what}, twice`);
    this.correct(thought, hint);
    return undefined;
  }

  private correct(thought: AgentThought, hint: string): void {
    // Every call must have its result, or no model takes the history back.
    for (const call of thought.tool_calls) this.transcript.observe(call, refusal('not-run', hint));
    this.transcript.correct(hint);
  }

  private async callTools(
    calls: readonly AgentToolCall[],
    why: string,
    isLast: boolean,
  ): Promise<AgentResult | undefined> {
    const work = calls.filter(({ tool }) => !isDecision(tool));
    if (!isLast) {
      const stopped = await this.work(work, why);
      if (stopped) return stopped;
    }
    for (const call of calls.filter(({ tool }) => isDecision(tool))) {
      const result = call.tool === FINISH ? this.finish(call, work.length > 0) : this.handOverAsAsked(call);
      if (result) return result;
    }
    return undefined;
  }

  /** Runs what is worth running; a result where the agent can't go on without a person. */
  private async work(calls: readonly AgentToolCall[], why: string): Promise<AgentResult | undefined> {
    const toRun: AgentToolCall[] = [];
    const repeated: AgentToolCall[] = [];
    for (const call of calls) {
      const verdict = this.repeats.judge(call.tool, call.args);
      if (verdict === 'loop')
        return this.handOver('agent_decision', `The agent goes in circles: ${inWords(call)} again and again`);
      (verdict === 'run' ? toRun : repeated).push(call);
    }
    const outcomes = await this.ports.tools.execute(
      toRun.map(({ id, tool, args }) => ({ callId: id, tool, args, reason: why.trim() === '' ? null : why })),
      this.call.scope,
    );
    for (const [index, outcome] of outcomes.entries()) {
      const call = toRun[index] as AgentToolCall;
      this.transcript.observeOutcome(call, outcome);
      if (outcome.kind === 'error') this.repeats.failed(call.tool, call.args);
      const stopped = this.stopAt(outcome);
      if (stopped) return stopped;
    }
    for (const call of repeated)
      this.transcript.observe(
        call,
        refusal('repeated-call', 'You made this very call before: its result is above'),
      );
    return undefined;
  }

  private stopAt(outcome: ToolOutcome): AgentResult | undefined {
    if (outcome.kind === 'unsettled') return this.handOver('failure', outcome.note);
    if (outcome.kind === 'disconnected') throw new ApprovalNeeded(outcome.reconnect);
    return undefined;
  }

  private finish(call: AgentToolCall, isBesideTools: boolean): AgentResult | undefined {
    if (isBesideTools) {
      this.transcript.observe(call, refusal('not-taken', 'You have not seen the results of your tools yet'));
      return undefined;
    }
    const reading = readFinish(call.args, this.call.outputSchema);
    if ('problem' in reading) {
      this.transcript.observe(call, refusal('invalid-arguments', reading.problem));
      return undefined;
    }
    return finished(reading.reply, reading.confidence, reading.fields, this.travelled);
  }

  /** However it is put, a wish for a person is granted. */
  private handOverAsAsked({ args }: AgentToolCall): AgentResult {
    const { reason, note } = requestedHandover(fieldsOf(args));
    return this.handOver(reason, note ?? `The agent called ${CONVERSATION_HANDOVER}`);
  }

  private handOver(reason: HandoverReason, note: string): AgentResult {
    return handedOver(reason, note, this.travelled);
  }

  private get travelled(): Travelled {
    const { steps, tried } = this.transcript;
    return { steps, tried, usage: this.usage };
  }
}

const refusal = (code: string, message: string): unknown => ({ error: { code, message } });

const inWords = ({ tool, args }: AgentToolCall): string => {
  const text = JSON.stringify(args) ?? '';
  return `${tool} ${text.length > 500 ? `${text.slice(0, 500).toWellFormed()}…` : text}`;
};
