import { SYSTEM_ACTOR } from '@baton/contracts';
import { withRetry } from '@baton/event-store';
import { type Clock, type Metrics, newId } from '@baton/service';

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
  private readonly repeated;
  private readonly exactOnly;

  constructor(
    private readonly repository: ConversationRepository,
    private readonly contexts: TurnContexts,
    private readonly summaries: ConversationSummaries,
    private readonly workflows: ConversationWorkflows,
    private readonly clock: Clock,
    private readonly hashKey: Buffer,
    metrics: Metrics,
  ) {
    this.repeated = metrics.counter(
      'baton_repeated_replies_total',
      'Turns whose first answer said what had been said, by what it repeated and what became of it',
      ['kind', 'outcome'],
    );
    this.exactOnly = metrics.counter(
      'baton_repetition_exact_only_total',
      'Turns whose answer could not be held against near repetitions: no embedding came in time',
    );
  }

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
        ...(played.repetition && { repetition: played.repetition }),
        ...(played.exactOnly && { repetition_check: 'exact_only' as const }),
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
    this.count(played);
    return result;
  }

  private count({ repetition, exactOnly }: PlayedTurn): void {
    if (repetition) this.repeated.inc({ kind: repetition.kind, outcome: repetition.outcome });
    if (exactOnly) this.exactOnly.inc();
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
