import { type BusClient } from '@baton/bus';
import { type AnswerOf, llmRequests, memoryRequests, type MessageView } from '@baton/contracts';
import { newId } from '@baton/service';
import { Logger } from '@nestjs/common';

import { systemContext } from '../conversation/system-context.js';
import { type ConversationReads } from '../conversation/conversation.reads.js';
import type { AiProcessing } from '../conversation/conversation.state.js';
import type { TurnContext } from './turn-runner.port.js';
import { withoutVerbatim } from './without-verbatim.js';

/** Memory makes an answer better; it never makes a customer wait. */
const MEMORY_TIMEOUT_MS = 1500;
const DETECTION_TIMEOUT_MS = 3000;

const NO_MEMORY: AnswerOf<typeof memoryRequests.forTurn> = { summary: null, memories: [] };
/** As many as a request may ask for. */
const MOST_MEMORIES = 50;

/** Gathers what a turn's agents may know. */
export class TurnContexts {
  private readonly logger = new Logger('TurnContext');

  constructor(
    private readonly bus: BusClient,
    private readonly reads: ConversationReads,
  ) {}

  async gather(
    tenantId: string,
    conversation: AiProcessing,
    message: string,
    limits: { readonly recentTurns: number; readonly memories: number },
  ): Promise<{ context: TurnContext; last: MessageView[] }> {
    const isFirst = conversation.turn_count === 1;
    const inTurn = new Set(conversation.running?.inputs.map((input) => input.message_id));
    const [memory, last] = await Promise.all([
      // A first turn has nothing to remember, but for what the customer said elsewhere.
      isFirst && !conversation.customer
        ? NO_MEMORY
        : this.memory(
            tenantId,
            conversation,
            message,
            limits.memories === 0 ? 0 : Math.min(MOST_MEMORIES, limits.memories + limits.recentTurns),
          ),
      isFirst
        ? []
        : this.reads.recentMessages(
            tenantId,
            conversation.conversation_id,
            limits.recentTurns * 2 + inTurn.size,
          ),
    ]);
    const recent = last.filter((each) => !inTurn.has(each.message_id));
    const memories = withoutVerbatim(memory.memories, conversation.conversation_id, recent)
      .slice(0, limits.memories)
      .map(({ memory_id, content }) => ({ memory_id, content }));
    return { context: { summary: memory.summary, memories, recent }, last };
  }

  lastMessages(tenantId: string, conversationId: string, limit: number): Promise<MessageView[]> {
    return this.reads.recentMessages(tenantId, conversationId, limit);
  }

  /** Whether the customer asks for a person; a detector that is down says no, and the workflow still may say yes. */
  async humanRequested(tenantId: string, message: string): Promise<boolean> {
    try {
      const verdict = await this.bus.request(
        llmRequests.detectHumanRequest,
        systemContext(tenantId, newId('req')),
        { text: message },
        { timeoutMs: DETECTION_TIMEOUT_MS },
      );
      return verdict.requested;
    } catch (error) {
      this.logger.warn({ err: error }, 'Could not look for a request for a person');
      return false;
    }
  }

  private async memory(
    tenantId: string,
    conversation: AiProcessing,
    message: string,
    limit: number,
  ): Promise<AnswerOf<typeof memoryRequests.forTurn>> {
    try {
      return await this.bus.request(
        memoryRequests.forTurn,
        systemContext(tenantId, newId('req')),
        {
          conversation_id: conversation.conversation_id,
          customer_id: conversation.customer?.id ?? null,
          query: message,
          limit,
        },
        { timeoutMs: MEMORY_TIMEOUT_MS },
      );
    } catch (error) {
      this.logger.warn(
        { err: error, conversation_id: conversation.conversation_id },
        'The turn goes on without memories',
      );
      return NO_MEMORY;
    }
  }
}
