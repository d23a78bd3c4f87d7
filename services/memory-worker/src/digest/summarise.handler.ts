import { BatonError, isBatonError, type RecordedEvent } from '@baton/contracts';
import type { InboxMark, Outcome } from '@baton/event-store';
import { newId } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { LlmClient, ownContext, patiently } from '../llm/llm.client.js';
import { encodeEmbedding } from '../memory/embedding-codec.js';
import type { Embedded } from '../memory/memory.commands.js';
import { MemoryRepository } from '../memory/memory.repository.js';
import { MemoryStreamRepository } from '../memory/memory-stream.repository.js';
import { embeddedPart } from '../memory/turn-text.js';
import { SUMMARY_MAX_TOKENS, summaryMessages, summaryText } from './summary.prompt.js';
import type { RememberedTurn } from './transcript.js';

/** One prompt's worth; what is left of a longer backlog waits for the next digest. */
const MOST_TURNS = 40;

/** `memory.digest_due` → the rolling summary takes in the turns that no summary holds yet. */
@Injectable()
export class SummariseHandler {
  constructor(
    private readonly streams: MemoryStreamRepository,
    private readonly memories: MemoryRepository,
    private readonly llm: LlmClient,
  ) {}

  async handle(event: RecordedEvent, mark: InboxMark): Promise<Outcome> {
    const { tenant_id: tenantId, stream_id: conversationId } = event;
    // 1. load
    const { state } = await this.streams.load(tenantId, conversationId);
    const numbers = state.status === 'REMEMBERING' ? state.undigested.slice(0, MOST_TURNS) : [];
    const source = await this.memories.digestSource(tenantId, conversationId, null, numbers, 0);
    if (source.turns.length === 0) return this.streams.markOnly(tenantId, mark);
    try {
      // 2. decide on what the model says, 3. append
      return await this.streams.change({
        tenantId,
        conversationId,
        mark,
        cause: event,
        command: {
          type: 'RecordSummary',
          conversation_id: conversationId,
          memory_id: newId('mem'),
          summary: await patiently(() =>
            this.summarise(tenantId, conversationId, source.summary, source.turns),
          ),
          turn_numbers: source.turns.map((turn) => turn.turn_number),
        },
      });
    } catch (error) {
      if (isBatonError(error, 'erased')) return this.streams.markOnly(tenantId, mark);
      throw error;
    }
  }

  private async summarise(
    tenantId: string,
    conversationId: string,
    summary: string | null,
    turns: readonly RememberedTurn[],
  ): Promise<Embedded> {
    const ctx = ownContext(tenantId);
    // The turns name the call: a retry of the same digest pays nothing, a larger one is another call.
    const callId = `summary:${conversationId}:${turns[0]?.turn_number}-${turns.at(-1)?.turn_number}:${turns.length}`;
    const completion = await this.llm.complete(ctx, {
      call_id: callId,
      model: 'fast',
      messages: summaryMessages(summary, turns),
      max_tokens: SUMMARY_MAX_TOKENS,
      origin: { conversation_id: conversationId },
    });
    const content = summaryText(completion.text);
    if (content === '') throw new BatonError('model-output-invalid', 'The model gave an empty summary');
    const { model, vectors } = await this.llm.embed(ctx, {
      callId: `${callId}:embedding`,
      texts: [embeddedPart(content)],
      conversationId,
    });
    return { content, embedding: encodeEmbedding(vectors[0] ?? []), embedding_model: model };
  }
}
