import { BatonError, type BodyOf, type ChatMessage, type llmRequests, type ToolCall } from '@baton/contracts';

import type { Answered, AttemptOptions, CallPlan, Judgement } from '../call/call-plan.js';
import type { CallIdentity } from '../ledger/ledger-row.js';
import { type ChatReply, type ChatRequest, promptTokens } from '../providers/provider.js';
import { ProviderError } from '../providers/provider-error.js';
import type { Route } from '../routing/model-router.js';
import type { SpanFacts } from '../telemetry/call-telemetry.js';
import type { StructuredOutput } from './structured-output.js';

export type CompleteBody = BodyOf<typeof llmRequests.complete>;

/** A chat answer as it is stored. */
export interface ChatResult {
  readonly text: string;
  readonly tool_calls: readonly ToolCall[];
  readonly output: unknown;
  readonly confidence: number | null;
  readonly stop_reason: ChatReply['stopReason'];
}

export interface CompletionPlanParts {
  readonly identity: CallIdentity;
  readonly routes: readonly Route[];
  readonly body: CompleteBody;
  readonly structured: StructuredOutput;
  /** Told the pieces of an answer that may be shown as it comes. */
  readonly onToken: ((text: string, attempt: number) => void) | undefined;
  /** Whether an answer of before may be given to the same question. */
  readonly mayBeCached: boolean;
}

/** A chat call: what is asked, what is made of the answer, and the one repair round of an answer that is unusable. */
export class CompletionPlan implements CallPlan<ChatReply, ChatResult> {
  readonly identity: CallIdentity;
  readonly routes: readonly Route[];
  readonly timeoutMs: number;
  readonly mayRestart: boolean;
  private request: ChatRequest;
  private isRepaired = false;

  constructor(private readonly parts: CompletionPlanParts) {
    const { body } = parts;
    this.identity = parts.identity;
    this.routes = parts.routes;
    this.timeoutMs = body.timeout_ms;
    this.mayRestart = body.on_cut === 'restart';
    this.request = {
      messages: body.messages,
      tools: body.tools ?? [],
      outputSchema: body.output_schema ?? null,
      question: body.question ?? null,
      documents: body.documents ?? [],
      maxTokens: body.max_tokens ?? null,
      temperature: body.temperature ?? null,
    };
  }

  get expectedTokens(): number {
    return promptTokens(this.request) + (this.request.maxTokens ?? EXPECTED_ANSWER_TOKENS);
  }

  /** What it is asked, and of which models; the same is answered the same only at temperature 0. */
  get cacheKey(): string | undefined {
    if (!this.parts.mayBeCached || this.request.temperature !== 0) return undefined;
    return JSON.stringify([this.routes.map(({ name }) => name), this.request]);
  }

  facts(): SpanFacts {
    const { maxTokens, temperature, outputSchema, messages } = this.request;
    return {
      maxTokens,
      temperature,
      isStreamed: this.parts.onToken !== undefined,
      outputType: outputSchema ? 'json' : 'text',
      messages: () => messages.map(({ role, content }) => ({ role, parts: [{ type: 'text', content }] })),
    };
  }

  replay({ text }: ChatResult): void {
    if (text !== '' && !this.request.outputSchema) this.parts.onToken?.(text, 1);
  }

  async perform(route: Route, { signal, touch, attempt }: AttemptOptions): Promise<Answered<ChatReply>> {
    const { onToken } = this.parts;
    const reply = await route.provider.chat(route.ref.model, this.request, {
      signal,
      ...(onToken && {
        onToken: (text: string) => {
          touch();
          // Half a JSON is no use to anyone, and a repair would contradict it.
          if (!this.request.outputSchema) onToken(text, attempt);
        },
      }),
    });
    return { reply, usage: reply.usage };
  }

  judge(_route: Route, { reply, usage }: Answered<ChatReply>): Judgement<ChatResult> {
    const schema = this.request.outputSchema;
    if (reply.stopReason === 'refusal') return final('refused', reply, null);
    if (reply.malformedToolCall !== null) return this.repair(reply, reply.malformedToolCall);
    if (reply.toolCalls.length > 0) return final('ok', reply, null);
    if (reply.text.trim() === '' && reply.stopReason === 'stop')
      throw new ProviderError('transient', 'The answer is empty', { usage });
    if (!schema) return final('ok', reply, null);
    const checked = this.parts.structured.check(reply.text, schema);
    if (checked.valid) return final('ok', reply, checked.output);
    // What was cut off at its limit would be cut off again.
    if (reply.stopReason === 'length') return invalid('was cut off at its token limit');
    return this.repair(reply, checked.problem);
  }

  private repair(reply: ChatReply, problem: string): Judgement<ChatResult> {
    if (this.isRepaired) return invalid(`does not match what was asked for: ${problem}`);
    this.isRepaired = true;
    const said: ChatMessage[] = reply.text.trim() === '' ? [] : [{ role: 'assistant', content: reply.text }];
    const complaint = `Your last answer can't be used. ${problem}\nAnswer again, corrected, in the same form.`;
    this.request = {
      ...this.request,
      messages: [...this.request.messages, ...said, { role: 'user', content: complaint }],
    };
    return { kind: 'repair' };
  }
}

/** A limit counts with this much for an answer whose length nobody limits; what it was is counted afterwards. */
const EXPECTED_ANSWER_TOKENS = 500;

const final = (outcome: 'ok' | 'refused', reply: ChatReply, output: unknown): Judgement<ChatResult> => ({
  kind: 'final',
  outcome,
  result: {
    text: reply.text,
    tool_calls: reply.toolCalls,
    output,
    confidence: reply.confidence,
    stop_reason: reply.stopReason,
  },
});

const invalid = (why: string): Judgement<ChatResult> => ({
  kind: 'invalid',
  error: new BatonError('model-output-invalid', `The model's answer ${why}`),
});
