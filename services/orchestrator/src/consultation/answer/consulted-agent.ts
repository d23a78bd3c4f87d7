import {
  type ActionPlan,
  BatonError,
  type ChatMessage,
  type Completion,
  type ModelInfo,
  NO_USAGE,
  type ToolSpec,
  type Usage,
} from '@baton/contracts';

import type { ModelPort } from '../../agent/model.port.js';
import { fitWindow } from '../../agent/prompt/fit-window.js';
import { type CountTokens, loadTokenizer, tokensAtMost } from '../../agent/prompt/tokenizer.js';
import { thoughtOf } from '../../agent/reasoning/thought.js';
import { Transcript } from '../../agent/reasoning/transcript.js';
import { addUsage } from '../../conversation/usage.js';
import type { AgentThought } from '../../tool/run-journal.port.js';
import { safeText } from '../../tool/json-safe.js';
import { consultationPrompt } from './consultation-prompt.js';
import type { ConsultationTools } from './consultation-tools.js';
import { extractiveAnswer, type RankedFact } from './extractive-answer.js';
import type { Fact } from './facts.js';
import { fitFacts } from './fit-facts.js';
import { PROPOSE_PLAN, type ProposalReading, proposePlanSpec } from './propose-plan.js';

/** A question of a person, and all that the agent has to answer it from. */
export interface ConsultationCall {
  readonly tenantId: string;
  readonly consultation_id: string;
  readonly question_id: string;
  readonly question: string;
  /** Said before in this consultation, oldest first. */
  readonly history: readonly { readonly role: 'HUMAN' | 'AGENT'; readonly content: string }[];
  readonly facts: readonly Fact[];
  readonly workflow: { readonly name: string; readonly description: string | null };
  readonly conversation_id: string | null;
  readonly node_id: string | null;
  readonly model: string;
  readonly maxTokens: number;
  readonly streamTo: string;
  /** Reads a proposed plan; null where no plan is pending. */
  readonly propose: ((args: unknown) => Promise<ProposalReading>) | null;
  readonly signal: AbortSignal;
}

export interface ConsultationAnswer {
  readonly content: string;
  readonly tools: readonly { readonly tool: string; readonly outcome: string }[];
  readonly proposed_plan: ActionPlan | null;
  readonly usage: Usage;
}

export interface ConsultedAgentPorts {
  readonly models: ModelPort;
  readonly tools: ConsultationTools;
  /** How surely each fact fits the question, best first: the offline model's own likeness. */
  readonly rank: (question: string, facts: readonly Fact[]) => Promise<readonly RankedFact[]>;
}

const MOST_ROUNDS = 6;
const MODEL_TIMEOUT_MS = 90_000;
/** What everything it knows may take, however large the model's window is: more costs and helps nobody. */
const MOST_PROMPT_TOKENS = 24_000;
/** Of the prompt, for what was said before. */
const HISTORY_SHARE = 0.3;
const FRAME_TOKENS = 8;
const LONGEST_QUESTION = 32_000;

/** The paused agent as people talk with it: it explains, reads and proposes, and can't act. */
export class ConsultedAgent {
  private usage: Usage = NO_USAGE;
  private proposed: ActionPlan | null = null;

  constructor(
    private readonly call: ConsultationCall,
    private readonly ports: ConsultedAgentPorts,
  ) {}

  /** @throws BatonError of the model, or `cancelled` */
  async answer(): Promise<ConsultationAnswer> {
    const { call, ports } = this;
    const model = await ports.models.resolve(call.tenantId, call.model, call.signal);
    return model.offline ? this.extract() : this.talk(model);
  }

  private async extract(): Promise<ConsultationAnswer> {
    const { question, facts } = this.call;
    const ranked = facts.length === 0 ? [] : await this.ports.rank(question, facts);
    return { content: extractiveAnswer(ranked, facts), tools: [], proposed_plan: null, usage: NO_USAGE };
  }

  private async talk(model: ModelInfo): Promise<ConsultationAnswer> {
    const count = await this.counting(model);
    const transcript = new Transcript(this.opening(model, count));
    const tools = model.tool_calls ? await this.toolSpecs() : [];
    const thoughts: AgentThought[] = [];
    for (let round = 1; round <= MOST_ROUNDS; round += 1) {
      // What a tool gives in the last round nobody would look at: it is for answering.
      const completion = await this.ask(model, transcript, round === MOST_ROUNDS ? [] : tools, round);
      this.usage = addUsage(this.usage, completion.usage);
      const thought = thoughtOf(this.call.question_id, round, completion, thoughts);
      thoughts.push(thought);
      transcript.think(thought);
      const content = answerOf(completion, round === MOST_ROUNDS);
      if (content !== null)
        return { content, tools: transcript.tried, proposed_plan: this.proposed, usage: this.usage };
      if (thought.tool_calls.length === 0) transcript.correct(EMPTY);
      for (const each of thought.tool_calls) await this.use(each, transcript);
    }
    throw new BatonError('model-output-invalid', 'The model gave no answer in words');
  }

  private ask(
    model: ModelInfo,
    transcript: Transcript,
    tools: readonly ToolSpec[],
    round: number,
  ): Promise<Completion> {
    const { call } = this;
    return fitWindow(
      transcript.messages,
      tools,
      model.context_window,
      async () => (await loadTokenizer(model.model)).count,
    ).then((messages) =>
      this.ports.models.complete(
        call.tenantId,
        {
          // Never the attempt: whoever goes on after a crash gets what was paid for.
          call_id: `${call.consultation_id}:${call.question_id}:${round}:1`,
          model: call.model,
          messages: [...messages],
          ...(tools.length > 0 && { tools: [...tools] }),
          max_tokens: call.maxTokens,
          stream_to: call.streamTo,
          on_cut: 'restart',
          timeout_ms: MODEL_TIMEOUT_MS,
          question: call.question.slice(0, LONGEST_QUESTION),
          origin: {
            workflow: call.workflow.name,
            ...(call.conversation_id !== null && { conversation_id: call.conversation_id }),
            ...(call.node_id !== null && { node_id: call.node_id }),
          },
        },
        call.signal,
      ),
    );
  }

  private async toolSpecs(): Promise<ToolSpec[]> {
    return [...(await this.ports.tools.specs()), ...(this.call.propose ? [proposePlanSpec] : [])];
  }

  private async use(call: AgentThought['tool_calls'][number], transcript: Transcript): Promise<void> {
    if (call.tool !== PROPOSE_PLAN || !this.call.propose) {
      transcript.observeOutcome(call, await this.ports.tools.read(call));
      return;
    }
    const reading = await this.call.propose(call.args);
    if ('problem' in reading) {
      transcript.observe(call, { error: { code: 'invalid-plan', message: reading.problem } });
      return;
    }
    this.proposed = reading.plan;
    transcript.observe(call, {
      proposed: true,
      note: 'A person sees it beside your answer. Nothing was changed.',
    });
  }

  private opening(model: ModelInfo, count: CountTokens): ChatMessage[] {
    const { call } = this;
    const room = Math.min(MOST_PROMPT_TOKENS, model.context_window - call.maxTokens) * 0.8;
    const fixed = count(consultationPrompt(call.workflow, [])) + count(call.question) + FRAME_TOKENS;
    const history = latest(call.history, room * HISTORY_SHARE, count);
    const said = history.reduce((sum, { content }) => sum + FRAME_TOKENS + count(content), 0);
    const facts = fitFacts(call.facts, Math.max(0, room - fixed - said), count);
    return [
      { role: 'system', content: consultationPrompt(call.workflow, facts) },
      ...history.map(({ role, content }): ChatMessage => ({
        role: role === 'HUMAN' ? 'user' : 'assistant',
        content,
      })),
      { role: 'user', content: call.question },
    ];
  }

  /** Bytes are a bound, and cost nothing to count: tables are loaded only where they say that it may not fit. */
  private async counting({ model, context_window }: ModelInfo): Promise<CountTokens> {
    const { facts, history, question, maxTokens } = this.call;
    const all = [...facts.map(({ text }) => text), ...history.map(({ content }) => content), question];
    const bytes = all.reduce((sum, text) => sum + tokensAtMost(text), 0);
    const room = Math.min(MOST_PROMPT_TOKENS, context_window - maxTokens) * 0.8;
    return bytes < room * LARGEST_UNCOUNTED ? tokensAtMost : (await loadTokenizer(model)).count;
  }
}

/** Less than any share that one part of the prompt may take. */
const LARGEST_UNCOUNTED = 0.2;
const EMPTY = 'You gave no answer. Answer the question in words.';
const REFUSED = 'The model refused to answer this question.';
const CUT_OFF = '… (cut off: the answer was longer than the workflow allows)';

/** What is said to the person; null where the agent has something to do first. */
const answerOf = (completion: Completion, isLast: boolean): string | null => {
  const { stop_reason, tool_calls } = completion;
  const text = safeText(completion.text).trim();
  if (stop_reason === 'refusal') return text === '' ? REFUSED : text;
  if (stop_reason === 'length' && text !== '') return `${text}${CUT_OFF}`;
  if (tool_calls.length > 0 && !isLast) return null;
  return text === '' ? null : text;
};

/** The latest that fit, each whole. */
const latest = <T extends { readonly content: string }>(
  said: readonly T[],
  maxTokens: number,
  count: CountTokens,
): readonly T[] => {
  let left = maxTokens;
  const from = said.findLastIndex(({ content }) => (left -= FRAME_TOKENS + count(content)) < 0);
  return said.slice(from + 1);
};
