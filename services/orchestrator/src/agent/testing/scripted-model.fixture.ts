import { BatonError, type Completion, type ModelInfo, type ToolCall } from '@baton/contracts';

import { cancellation } from '../../tool/cancelled.js';
import type { CompletionRequest, ModelPort } from '../model.port.js';

export type ScriptedAnswer = Partial<Pick<Completion, 'text' | 'output' | 'confidence' | 'stop_reason'>> & {
  readonly tool_calls?: readonly Partial<ToolCall>[];
};
export type ScriptStep = ScriptedAnswer | BatonError | ((request: CompletionRequest) => ScriptedAnswer);

/**
 * A model that answers by its script, one step for each call that is paid. Like the router it keeps every
 * answer by its call id and gives it again unpaid. One call too many fails the test, and so does one too few.
 */
export class ScriptedModel implements ModelPort {
  /** What was asked and paid for. */
  readonly paid: CompletionRequest[] = [];
  private readonly kept = new Map<string, Completion>();
  private readonly unexpected: string[] = [];
  /** Called around each paid call; may throw, as a crash does. */
  beforeAnswer: () => void = () => undefined;
  afterAnswer: () => void = () => undefined;

  constructor(
    private readonly script: readonly ScriptStep[],
    private readonly info: Partial<ModelInfo> = {},
  ) {}

  resolve(_tenantId: string, model: string): Promise<ModelInfo> {
    return Promise.resolve({
      model,
      tool_calls: true,
      offline: false,
      context_window: 128_000,
      ...this.info,
    });
  }

  async complete(_tenantId: string, request: CompletionRequest, signal: AbortSignal): Promise<Completion> {
    if (signal.aborted) throw cancellation(signal);
    await Promise.resolve();
    const kept = this.kept.get(request.call_id);
    if (kept) return { ...kept, replayed: true };
    this.beforeAnswer();
    const step = this.script[this.paid.length];
    this.paid.push(request);
    if (step === undefined) {
      this.unexpected.push(request.call_id);
      throw new Error(`The model was called once too often: ${request.call_id}`);
    }
    if (step instanceof BatonError) throw step;
    const completion = completionOf(request, typeof step === 'function' ? step(request) : step);
    this.kept.set(request.call_id, completion);
    this.afterAnswer();
    return completion;
  }

  /** @throws Error where the script was not played exactly */
  verify(): void {
    if (this.unexpected.length > 0) throw new Error(`Unexpected model calls: ${this.unexpected.join(', ')}`);
    const left = this.script.length - this.paid.length;
    if (left > 0) throw new Error(`${left} answers of the script were never asked for`);
  }
}

const completionOf = (request: CompletionRequest, answer: ScriptedAnswer): Completion => {
  const tool_calls = (answer.tool_calls ?? []).map((call, index) => ({
    id: call.id ?? `call_${index}`,
    name: call.name ?? '',
    args: call.args,
  }));
  return {
    call_id: request.call_id,
    model: 'scripted/one',
    text: answer.text ?? '',
    tool_calls,
    output: answer.output ?? null,
    confidence: answer.confidence ?? null,
    stop_reason: answer.stop_reason ?? (tool_calls.length > 0 ? 'tool_calls' : 'stop'),
    usage: { input_tokens: 10, output_tokens: 1, cost_usd: '0.001' },
    replayed: false,
  };
};

export const calls = (...tool_calls: { name: string; args?: unknown; id?: string }[]): ScriptedAnswer => ({
  tool_calls,
});
export const finish = (reply: string, confidence = 0.9, rest: Record<string, unknown> = {}): ScriptedAnswer =>
  calls({ name: 'finish', args: { reply, confidence, ...rest } });
