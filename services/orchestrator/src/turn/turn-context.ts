import { type BusClient } from '@baton/bus';
import { llmRequests, memoryRequests, type MessageView } from '@baton/contracts';
import { newId } from '@baton/service';
import { Logger } from '@nestjs/common';

import { systemContext } from '../conversation/conversation.repository.js';
import { type ConversationReads } from '../conversation/conversation.reads.js';
import type { AiProcessing } from '../conversation/conversation.state.js';
import type { TurnContext } from './turn-runner.port.js';

/** Memory makes an answer better; it never makes a customer wait. */
const MEMORY_TIMEOUT_MS = 1500;
const DETECTION_TIMEOUT_MS = 3000;

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
        ? { summary: null, memories: [] }
        : this.memory(tenantId, conversation, message, limits.memories),
      isFirst
        ? []
        : this.reads.recentMessages(
            tenantId,
            conversation.conversation_id,
            limits.recentTurns * 2 + inTurn.size,
          ),
    ]);
    const recent = last.filter((each) => !inTurn.has(each.message_id));
    return { context: { ...memory, recent }, last };
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
  ): Promise<Pick<TurnContext, 'summary' | 'memories'>> {
    try {
      const found = await this.bus.request(
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
      return {
        summary: found.summary,
        memories: found.memories.map(({ memory_id, content }) => ({ memory_id, content })),
      };
    } catch (error) {
      this.logger.warn(
        { err: error, conversation_id: conversation.conversation_id },
        'The turn goes on without memories',
      );
      return { summary: null, memories: [] };
    }
  }
}
