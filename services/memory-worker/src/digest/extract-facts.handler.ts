import { digestDue, isBatonError, type RecordedEvent } from '@baton/contracts';
import type { InboxMark, Outcome } from '@baton/event-store';
import { CONFIG, newId } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import type { MemoryWorkerConfig } from '../config.js';
import { LlmClient, ownContext, patiently } from '../llm/llm.client.js';
import { encodeEmbedding } from '../memory/embedding-codec.js';
import type { RecordFacts } from '../memory/memory.commands.js';
import { MemoryRepository } from '../memory/memory.repository.js';
import { MemoryStreamRepository } from '../memory/memory-stream.repository.js';
import { FACTS_SCHEMA, factsMessages, newFacts } from './facts.prompt.js';
import type { RememberedTurn } from './transcript.js';

const MOST_KNOWN_FACTS = 50;

/** `memory.digest_due` → what these turns tell about the customer, where a served model can say it. */
@Injectable()
export class ExtractFactsHandler {
  constructor(
    private readonly streams: MemoryStreamRepository,
    private readonly memories: MemoryRepository,
    private readonly llm: LlmClient,
    @Inject(CONFIG) private readonly config: MemoryWorkerConfig,
  ) {}

  async handle(event: RecordedEvent, mark: InboxMark): Promise<Outcome> {
    const { tenant_id: tenantId, stream_id: conversationId } = event;
    if (this.config.BATON_EXTRACT_FACTS === 'off') return this.streams.markOnly(tenantId, mark);
    // 1. load
    const { state } = await this.streams.load(tenantId, conversationId);
    const { offline } = await patiently(() => this.llm.resolveModel(ownContext(tenantId), 'fast'));
    if (offline || state.status === 'FORGOTTEN') return this.streams.markOnly(tenantId, mark);
    const { turn_numbers } = digestDue.schema.parse(event.data);
    const { turns, facts: known } = await this.memories.digestSource(
      tenantId,
      conversationId,
      state.customer_id,
      turn_numbers,
      MOST_KNOWN_FACTS,
    );
    if (turns.length === 0) return this.streams.markOnly(tenantId, mark);
    // 2. decide on what the model says
    const facts = await patiently(() => this.extract(tenantId, conversationId, known, turns));
    if (facts.length === 0) return this.streams.markOnly(tenantId, mark);
    try {
      // 3. append
      return await this.streams.change({
        tenantId,
        conversationId,
        mark,
        cause: event,
        command: { type: 'RecordFacts', conversation_id: conversationId, facts },
      });
    } catch (error) {
      if (isBatonError(error, 'erased')) return this.streams.markOnly(tenantId, mark);
      throw error;
    }
  }

  private async extract(
    tenantId: string,
    conversationId: string,
    known: readonly string[],
    turns: readonly RememberedTurn[],
  ): Promise<RecordFacts['facts']> {
    const ctx = ownContext(tenantId);
    const callId = `facts:${conversationId}:${turns[0]?.turn_number}-${turns.at(-1)?.turn_number}:${turns.length}`;
    const completion = await this.llm.complete(ctx, {
      call_id: callId,
      model: 'fast',
      messages: factsMessages(known, turns),
      output_schema: FACTS_SCHEMA,
      origin: { conversation_id: conversationId },
    });
    const facts = newFacts(completion.output, known, turns);
    if (facts.length === 0) return [];
    const { model, vectors } = await this.llm.embed(ctx, {
      callId: `${callId}:embedding`,
      texts: facts.map((fact) => fact.content),
      conversationId,
    });
    return facts.map(({ content, turn_number }, index) => ({
      memory_id: newId('mem'),
      turn_number,
      fact: { content, embedding: encodeEmbedding(vectors[index] ?? []), embedding_model: model },
    }));
  }
}
