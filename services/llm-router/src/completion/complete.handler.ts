import { BusClient, type BusRequest } from '@baton/bus';
import { BatonError, type Completion, type llmRequests } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { AnswerCache } from '../cache/answer-cache.js';
import { PaidCalls } from '../call/paid-calls.js';
import { ModelRouter } from '../routing/model-router.js';
import { type ChatResult, CompletionPlan } from './completion-plan.js';
import { requirementsOf } from './requirements.js';
import { DeltaPublisher } from './delta-publisher.js';
import { identityOf } from '../call/identity.js';
import { StructuredOutput } from './structured-output.js';

/** Answers `llm.complete`. */
@Injectable()
export class CompleteHandler {
  private readonly structured = new StructuredOutput();

  constructor(
    private readonly models: ModelRouter,
    private readonly calls: PaidCalls,
    private readonly bus: BusClient,
    private readonly cache: AnswerCache,
  ) {}

  async handle({ ctx, body }: BusRequest<typeof llmRequests.complete>): Promise<Completion> {
    const deltas =
      body.stream_to === undefined ? undefined : new DeltaPublisher(this.bus, body.stream_to, body.call_id);
    const plan = new CompletionPlan({
      identity: identityOf('chat', ctx, body),
      routes: await this.models.route(body.model, requirementsOf(ctx.tenant_id, body)),
      body,
      structured: this.structured,
      onToken: deltas && ((text, attempt) => deltas.push(text, attempt)),
      mayBeCached: this.cache.chat,
    });
    try {
      const { result, model, usage, replayed } = await this.calls.make<unknown, ChatResult>(plan);
      // Structured output is promised to fit its schema; a refusal is no such thing.
      if (body.output_schema && result.stop_reason === 'refusal')
        throw new BatonError('model-refused', 'The model refused to answer');
      return { call_id: body.call_id, model, ...result, usage, replayed };
    } finally {
      deltas?.flush();
    }
  }
}
