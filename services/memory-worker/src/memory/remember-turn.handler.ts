import { isBatonError, type RecordedEvent, turnCompleted } from '@baton/contracts';
import { ERASED, type InboxMark, type Outcome } from '@baton/event-store';
import { Clock, CONFIG, newId } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import type { MemoryWorkerConfig } from '../config.js';
import { LlmClient, ownContext, patiently } from '../llm/llm.client.js';
import { MemoryMetrics } from '../telemetry/memory-metrics.js';
import { ConversationCustomers } from './conversation-customers.client.js';
import { encodeEmbedding } from './embedding-codec.js';
import type { Embedded } from './memory.commands.js';
import { MemoryStreamRepository } from './memory-stream.repository.js';
import { embeddedPart, turnText } from './turn-text.js';

/** What stands for a text that says nothing: no model is asked for it, and no search finds it. */
const NOTHING: Pick<Embedded, 'embedding' | 'embedding_model'> = {
  embedding: encodeEmbedding([0]),
  embedding_model: 'none',
};

/** `conversation.turn_completed` → one memory of kind `turn`, whatever dies when. */
@Injectable()
export class RememberTurnHandler {
  constructor(
    private readonly streams: MemoryStreamRepository,
    private readonly customers: ConversationCustomers,
    private readonly llm: LlmClient,
    private readonly clock: Clock,
    private readonly metrics: MemoryMetrics,
    @Inject(CONFIG) private readonly config: MemoryWorkerConfig,
  ) {}

  async handle(event: RecordedEvent, mark: InboxMark): Promise<Outcome> {
    const { tenant_id: tenantId, stream_id: conversationId } = event;
    if (event.data['input_text'] === ERASED) return this.streams.markOnly(tenantId, mark);
    const turn = turnCompleted.schema.parse(event.data);
    const content = turnText({ input: turn.input_text, reply: turn.reply?.content ?? null });
    // 1. load: what the model and the log must be asked for
    const [customer_id, embedding] = await Promise.all([
      this.customerOf(tenantId, conversationId),
      this.embed(tenantId, conversationId, turn.turn_number, content),
    ]);
    try {
      // 2.–4. decide, append with the inbox position in one transaction
      const outcome = await this.streams.change({
        tenantId,
        conversationId,
        mark,
        cause: event,
        command: {
          type: 'RememberTurn',
          conversation_id: conversationId,
          customer_id,
          turn_number: turn.turn_number,
          memory_id: newId('mem'),
          memory: { content, ...embedding },
          digest_every: this.config.BATON_SUMMARY_EVERY,
        },
      });
      if (outcome.kind === 'committed') this.metrics.turnRemembered(event.occurred_at, this.clock.now());
      return outcome;
    } catch (error) {
      // Erased since it was opened: there is nothing to remember any more.
      if (isBatonError(error, 'erased')) return this.streams.markOnly(tenantId, mark);
      throw error;
    }
  }

  private async customerOf(tenantId: string, conversationId: string): Promise<string | null> {
    const { state } = await this.streams.load(tenantId, conversationId);
    if (state.status === 'REMEMBERING' && state.turns.length > 0) return state.customer_id;
    return this.customers.of(tenantId, conversationId);
  }

  private async embed(
    tenantId: string,
    conversationId: string,
    turnNumber: number,
    content: string,
  ): Promise<Pick<Embedded, 'embedding' | 'embedding_model'>> {
    if (content === '') return NOTHING;
    const { model, vectors } = await patiently(() =>
      this.llm.embed(ownContext(tenantId), {
        callId: `memory:${conversationId}:${turnNumber}`,
        texts: [embeddedPart(content)],
        conversationId,
      }),
    );
    return { embedding: encodeEmbedding(vectors[0] ?? []), embedding_model: model };
  }
}
