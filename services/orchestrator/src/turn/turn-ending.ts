import { SYSTEM_ACTOR } from '@baton/contracts';
import { withRetry } from '@baton/event-store';
import { type Clock, newId } from '@baton/service';

import { contentHash } from '../conversation/content-hash.js';
import type { CompleteTurn, TurnResult } from '../conversation/conversation.commands.js';
import { decide } from '../conversation/conversation.decider.js';
import { conversationKeyId, type ConversationRepository } from '../conversation/conversation.repository.js';
import { scopeOf } from '../conversation/handover.handler.js';
import { HANDOVER_MESSAGES, handoverPackage } from '../conversation/handover-package.js';
import type { ConversationSummaries } from '../conversation/summaries.port.js';
import type { ConversationWorkflows } from '../conversation/workflows.port.js';
import { runRef } from '../run/run.repository.js';
import type { BegunTurn } from './begun-turn.js';
import type { TurnContexts } from './turn-context.js';
import type { PlayedTurn } from './turn-runner.port.js';

const COMPLETE_WITHIN_MS = 10_000;

/** Commits what came of a turn: the reply or the handover, with the run's last events. */
export class TurnEnding {
  constructor(
    private readonly repository: ConversationRepository,
    private readonly contexts: TurnContexts,
    private readonly summaries: ConversationSummaries,
    private readonly workflows: ConversationWorkflows,
    private readonly clock: Clock,
    private readonly hashKey: Buffer,
  ) {}

  /** @throws BatonError `stale-owner` where another attempt has the turn, or a person the conversation */
  async complete(tenantId: string, begun: BegunTurn, played: PlayedTurn): Promise<TurnResult> {
    const conversationId = begun.conversation.conversation_id;
    const result = await this.resultOf(tenantId, begun, played);
    await withRetry(Date.now() + COMPLETE_WITHIN_MS, async () => {
      const before = await this.repository.recall(tenantId, conversationId);
      const now = this.clock.nowIso();
      const command: CompleteTurn = {
        type: 'CompleteTurn',
        now,
        turn_number: begun.running.turn_number,
        attempt: begun.running.attempt,
        result,
        usage: played.usage,
      };
      const { outcome } = await this.repository.commit({
        tenantId,
        conversationId,
        before,
        events: decide(command, before.state),
        actor: { type: 'ai', id: begun.conversation.workflow.name },
        now,
        with: [
          {
            ref: runRef(tenantId, begun.running.run_id),
            expectedVersion: played.ending.expectedVersion,
            events: played.ending.events,
            metadata: { actor: SYSTEM_ACTOR },
            keyId: conversationKeyId(conversationId),
          },
        ],
        rows: played.ending.rows,
      });
      return { outcome };
    });
    return result;
  }

  private async resultOf(
    tenantId: string,
    { conversation }: BegunTurn,
    played: PlayedTurn,
  ): Promise<TurnResult> {
    const { decision } = played;
    if (decision.kind === 'FINISH') {
      return {
        kind: 'FINISH',
        reply: {
          message_id: newId('msg'),
          content: decision.reply,
          confidence: decision.confidence,
        },
        agent_response_hash: contentHash(this.hashKey, decision.reply),
      };
    }
    const scope = {
      nodes: {},
      ...played.scope,
      conversation: scopeOf(conversation),
      turn_count: conversation.turn_count,
    };
    const [routing, summary, last_messages] = await Promise.all([
      this.workflows.route(tenantId, conversation.workflow, { ...scope, waited_seconds: 0 }),
      this.summaries.of(tenantId, conversation.conversation_id),
      this.contexts.lastMessages(tenantId, conversation.conversation_id, HANDOVER_MESSAGES),
    ]);
    return {
      kind: 'HANDOVER',
      failed: decision.failed,
      handover: handoverPackage({
        handover_id: newId('ho'),
        reason: decision.reason,
        note: decision.note,
        routing,
        summary,
        intent: played.intent,
        confidence: played.confidence,
        tried: played.tried,
        last_messages,
      }),
    };
  }
}
