import {
  type AnswerOf,
  BatonError,
  type BodyOf,
  type RequestContext,
  type workflowRequests,
} from '@baton/contracts';
import { type EventStore, type IdempotencyRecord, type Outcome, withRetry } from '@baton/event-store';

import { decide as decideConversation } from '../conversation/conversation.decider.js';
import type { ConversationRepository } from '../conversation/conversation.repository.js';
import type { PausedRuns } from '../pause/paused-runs.js';
import type { CommitParts } from '../pause/settlement.js';
import { callerKey } from './caller-key.js';
import { runDecider } from './run.decider.js';
import type { RunReads } from './run.reads.js';
import { type LoadedRun, type RunRepository } from './run.repository.js';
import { type PausedRun, type RunningRun, usageOf } from './run.state.js';
import type { StandaloneRunWorker } from './standalone-run.worker.js';

type Body = BodyOf<typeof workflowRequests.cancelRun>;
type Answer = Promise<AnswerOf<typeof workflowRequests.cancelRun>>;

const WHY = 'Cancelled over the API';

/** `POST /api/v1/runs/{id}/cancel`: a conversation's run ends with its turn. */
export class CancelRunHandler {
  constructor(
    private readonly runs: RunRepository,
    private readonly conversations: ConversationRepository,
    private readonly reads: RunReads,
    private readonly worker: StandaloneRunWorker,
    /** Ends the run's model calls, wherever they are made. */
    private readonly endModelCalls: (tenantId: string, runId: string) => Promise<void>,
    private readonly paused: PausedRuns,
    private readonly store: Pick<EventStore, 'transact'>,
    private readonly nowIso: () => string,
  ) {}

  async handle(ctx: RequestContext, { run_id }: Body, deadline: number): Answer {
    const { outcome } = await withRetry(deadline, async () => {
      // 1. Load
      const before = await this.runs.load(ctx.tenant_id, run_id);
      if (before.state.status === 'NOT_STARTED') throw new BatonError('not-found', 'There is no such run');
      // 2. Decide
      const events = runDecider.decide({ type: 'CancelRun', reason: WHY }, before.state);
      if (events.length === 0) return { outcome: { kind: 'committed', events: [] } as const };
      if (before.state.status === 'PAUSED')
        return { outcome: await this.cancelPaused(ctx, { ...before, state: before.state }) };
      // 3. Append
      return { outcome: await this.commit(ctx, before, events) };
    });
    if (outcome.kind === 'replayed' && outcome.bodyHash !== ctx.idempotency?.body_hash)
      throw new BatonError('idempotency-key-reused', 'This idempotency key came with another body before');
    // 4. Stop it where it runs, and answer
    this.worker.abandon(run_id, WHY);
    await this.endModelCalls(ctx.tenant_id, run_id);
    return { result: await this.reads.get(ctx.tenant_id, run_id), replayed: outcome.kind === 'replayed' };
  }

  private async commit(
    ctx: RequestContext,
    before: LoadedRun,
    events: ReturnType<typeof runDecider.decide>,
  ): Promise<Outcome> {
    const run = before.state as RunningRun;
    const now = this.nowIso();
    const idempotency = callerKey(ctx, run);
    const rest = await this.paused.withoutApprovals(ctx.tenant_id, before, WHY, now);
    if (run.conversation_id === null) {
      const { outcome } = await this.runs.commit({
        tenantId: ctx.tenant_id,
        before,
        events,
        now,
        actor: ctx.actor,
        idempotency,
        with: rest,
      });
      return outcome;
    }
    return this.endTurn(ctx, run, before, events, now, idempotency, rest);
  }

  /** What it waited for ends with it; a conversation that waited for nothing else is the AI's again. */
  private async cancelPaused(
    ctx: RequestContext,
    before: LoadedRun & { readonly state: PausedRun },
  ): Promise<Outcome> {
    const { tenant_id } = ctx;
    const now = this.nowIso();
    const { appends, rows, timers } = await this.paused.cancelling(tenant_id, before, WHY, now);
    const { conversation_id, run_id } = before.state;
    const conversation =
      conversation_id === null ? null : await this.conversations.load(tenant_id, conversation_id);
    const events = conversation
      ? decideConversation(
          { type: 'CancelPausedTurn', now, run_id, usage: usageOf(before.state) },
          conversation.state,
        )
      : [];
    const part =
      conversation && events.length > 0
        ? this.conversations.part({
            tenantId: tenant_id,
            conversationId: conversation_id as string,
            before: conversation,
            events,
            actor: ctx.actor,
            now,
          })
        : null;
    const outcome = await this.store.transact({
      tenantId: tenant_id,
      now,
      idempotency: callerKey(ctx, before.state),
      appends: [...(part?.appends ?? []), ...appends],
      rows: { ...rows, ...part?.rows },
      timers: {
        set: [...timers.set, ...(part?.timers.set ?? [])],
        cancel: [...timers.cancel, ...(part?.timers.cancel ?? [])],
      },
    });
    if (outcome.kind === 'committed') part?.committed();
    return outcome;
  }

  /** The turn and its run end in one commit; whoever plays it finds both streams moved. */
  private async endTurn(
    ctx: RequestContext,
    run: RunningRun,
    before: LoadedRun,
    events: ReturnType<typeof runDecider.decide>,
    now: string,
    idempotency: readonly IdempotencyRecord[],
    rest: CommitParts,
  ): Promise<Outcome> {
    const conversationId = run.conversation_id as string;
    const conversation = await this.conversations.load(ctx.tenant_id, conversationId);
    const { state } = conversation;
    const turn =
      state.status === 'AI_PROCESSING' && state.running?.run_id === run.run_id ? state.running : null;
    const { append, rows } = this.runs.append(ctx.tenant_id, before, events, now);
    const { outcome } = await this.conversations.commit({
      tenantId: ctx.tenant_id,
      conversationId,
      before: conversation,
      events: turn
        ? decideConversation(
            {
              type: 'CompleteTurn',
              now,
              turn_number: turn.turn_number,
              attempt: turn.attempt,
              result: { kind: 'CANCELLED' },
              usage: usageOf(run),
            },
            state,
          )
        : [],
      actor: ctx.actor,
      now,
      correlationId: ctx.request_id,
      idempotency,
      with: [append, ...rest.appends],
      rows: { ...rest.rows, ...rows },
      timers: rest.timers,
    });
    return outcome;
  }
}
