import type { BusClient } from '@baton/bus';
import { memoryRequests } from '@baton/contracts';
import { newId } from '@baton/service';
import { Logger } from '@nestjs/common';

import type { AgentContext } from '../../agent/agent.js';
import type { ConversationReads } from '../../conversation/conversation.reads.js';
import { systemContext } from '../../conversation/system-context.js';
import { isLive } from '../../conversation/conversation.state.js';
import type { Workflow } from '../../workflow/workflow.js';
import type { ConsultedSubject } from '../consulted-subject.js';

/** Memory makes an answer better; it never makes anybody wait. */
const MEMORY_TIMEOUT_MS = 1500;
const MOST_MEMORIES = 50;

/** The conversation around what is consulted about: transcript, summary, memories, guidance. */
export class ConsultationBackground {
  private readonly logger = new Logger('Consultation');

  constructor(
    private readonly bus: Pick<BusClient, 'request'>,
    private readonly reads: Pick<ConversationReads, 'recentMessages'>,
  ) {}

  /** Null for a run without a conversation. */
  async of(
    tenantId: string,
    { conversation }: ConsultedSubject,
    workflow: Pick<Workflow, 'conversation'>,
    question: string,
  ): Promise<AgentContext | null> {
    if (!conversation || !isLive(conversation)) return null;
    const { conversation_id, customer, guidance, human_summary } = conversation;
    const { recent_turns, memories: most } = workflow.conversation.context;
    const [recent, memory] = await Promise.all([
      this.reads.recentMessages(tenantId, conversation_id, recent_turns * 2 + 2),
      this.memory(tenantId, conversation_id, customer?.id ?? null, question, Math.min(MOST_MEMORIES, most)),
    ]);
    return {
      summary: memory.summary,
      memories: memory.memories.map(({ memory_id, content }) => ({ memory_id, content })),
      recent: recent.map(({ message_id, role, content }) => ({ message_id, role, content })),
      guidance,
      humanSummary: human_summary,
      customer,
    };
  }

  private async memory(
    tenantId: string,
    conversation_id: string,
    customer_id: string | null,
    query: string,
    limit: number,
  ) {
    try {
      return await this.bus.request(
        memoryRequests.forTurn,
        systemContext(tenantId, newId('req')),
        { conversation_id, customer_id, query, limit },
        { timeoutMs: MEMORY_TIMEOUT_MS },
      );
    } catch (error) {
      this.logger.warn({ err: error, conversation_id }, 'The agent answers a consultation without memories');
      return { summary: null, memories: [] };
    }
  }
}
