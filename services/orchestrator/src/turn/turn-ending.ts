import { SYSTEM_ACTOR } from '@baton/contracts';
import { withRetry } from '@baton/event-store';
import { type Clock, type Metrics, newId } from '@baton/service';

import { contentHash } from '../conversation/content-hash.js';
import type { CompleteTurn, TurnResult } from '../conversation/conversation.commands.js';
import { decide } from '../conversation/conversation.decider.js';
import { conversationKeyId } from '../conversation/conversation-ref.js';
import { type ConversationRepository } from '../conversation/conversation.repository.js';
import { scopeOf } from '../conversation/handover.handler.js';
import { HANDOVER_MESSAGES, handoverPackage } from '../conversation/handover-package.js';
import type { ConversationSummaries } from '../conversation/summaries.port.js';
import type { ConversationWorkflows } from '../conversation/workflows.port.js';
import type { ApprovalAppend, ApprovalRepository } from '../approval/approval.repository.js';
import type { ConsultationRepository } from '../consultation/consultation.repository.js';
import { pausedPackage } from '../pause/paused-package.js';
import { requestedApproval } from '../pause/requested-approval.js';
import { seenConsultation } from '../pause/seen-consultation.js';
import { sentApproval } from '../pause/sent-approval.js';
import { runRef } from '../run/run-ref.js';
import type { BegunTurn } from './begun-turn.js';
import type { TurnContexts } from './turn-context.js';
import type { PlayedTurn } from './turn-runner.port.js';

const COMPLETE_WITHIN_MS = 10_000;
const ANSWER_BUCKETS_S = [0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 60, 120, 300];

/** Commits what came of a turn: the reply or the handover, with the run's last events. */
export class TurnEnding {
  private readonly repeated;
  private readonly exactOnly;
  private readonly answered;

  constructor(
    private readonly repository: ConversationRepository,
    private readonly contexts: TurnContexts,
    private readonly summaries: ConversationSummaries,
    private readonly workflows: ConversationWorkflows,
    private readonly clock: Clock,
    private readonly hashKey: Buffer,
    private readonly approvals: ApprovalRepository,
    private readonly consultations: ConsultationRepository,
    metrics: Metrics,
  ) {
    this.repeated = metrics.counter(
      'baton_repeated_replies_total',
      'Turns whose first answer said what had been said, by what it repeated and what became of it',
      ['kind', 'outcome'],
    );
    this.answered = metrics.histogram(
      'baton_turn_answer_seconds',
      'From the first message of a turn to the commit of its reply or handover',
      ['outcome'],
      ANSWER_BUCKETS_S,
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
      const talk =
        result.kind === 'PAUSED' && result.consultation_id !== null
          ? [await seenConsultation(this.consultations, tenantId, result.consultation_id)]
          : [];
      const approvals = await this.approvalsOf(tenantId, begun.conversation.conversation_id, played, now);
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
          // Behind its run, as everywhere: two commits never wait for each other.
          ...approvals.map(({ append }) => append),
          ...talk,
        ],
        rows: {
          ...played.ending.rows,
          ...(approvals.length > 0 && { approvals: approvals.map(({ row }) => row) }),
        },
        timers: {
          set: approvals.flatMap(({ timers }) => timers.set),
          cancel: approvals.flatMap(({ timers }) => timers.cancel),
        },
      });
      return { outcome };
    });
    this.count(played);
    this.answered.observe(
      { outcome: played.decision.kind.toLowerCase() },
      Math.max(0, this.clock.nowMs() - Date.parse(begun.running.received_at)) / 1000,
    );
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
    if (decision.kind === 'DROPPED') return { kind: 'DROPPED' };
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
    const facts = { handover_id: newId('ho'), summary, tried: played.tried, last_messages };
    if (decision.kind === 'PAUSED')
      return {
        kind: 'PAUSED',
        approval_id: decision.approval?.approval_id ?? null,
        consultation_id: decision.consultation_id,
        handover: pausedPackage(decision, { ...facts, routing, intent: played.intent }),
        notice_id: newId('notice'),
      };
    return {
      kind: 'HANDOVER',
      failed: decision.failed,
      handover: handoverPackage({
        ...facts,
        reason: decision.reason,
        note: decision.note,
        routing,
        intent: played.intent,
        confidence: played.confidence,
      }),
    };
  }

  /** What is asked for with the pause; of a draft that goes out, that it is done. */
  private async approvalsOf(
    tenantId: string,
    conversationId: string,
    { decision, sentDraft }: PlayedTurn,
    now: string,
  ): Promise<ApprovalAppend[]> {
    if (decision.kind === 'PAUSED')
      return decision.approval ? [requestedApproval(tenantId, decision.approval, now)] : [];
    if (sentDraft === undefined) return [];
    const before = await this.approvals.existing(tenantId, sentDraft, conversationKeyId(conversationId));
    return [sentApproval(tenantId, before, now)];
  }
}
