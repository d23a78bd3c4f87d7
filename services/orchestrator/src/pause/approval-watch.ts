import { SYSTEM_ACTOR } from '@baton/contracts';
import { type DueTimer, type EventStore, type Timers, withRetry } from '@baton/event-store';
import type { Clock } from '@baton/service';

import { approvalDecider } from '../approval/approval.decider.js';
import {
  appendApproval,
  type ApprovalRepository,
  type LoadedApproval,
} from '../approval/approval.repository.js';
import type { RequestedApproval } from '../approval/approval.state.js';
import { APPROVAL_TIMER, type ApprovalWatch, nextWatch } from '../approval/approval.timers.js';
import type { ConversationRepository } from '../conversation/conversation.repository.js';
import type { RunRepository } from '../run/run.repository.js';
import type { StandaloneRunWorker } from '../run/standalone-run.worker.js';
import { decisionFor } from './approval-outcome.js';
import { type PausedRuns, talkedOf } from './paused-runs.js';
import type { SettledRuns } from './settle-run.js';
import { approvalPart, consultationPart } from './settlement.js';

const SETTLE_MS = 10_000;

export interface WatchParts {
  readonly approvals: ApprovalRepository;
  readonly runs: RunRepository;
  readonly conversations: ConversationRepository;
  readonly paused: PausedRuns;
  readonly settled: SettledRuns;
  readonly worker: StandaloneRunWorker;
  readonly store: Pick<EventStore, 'transact'>;
  readonly clock: Clock;
}

/** What time does to an approval: it reminds, asks wider, calls a supervisor, and says no in the end. */
export class ApprovalWatches {
  constructor(private readonly parts: WatchParts) {}

  register(timers: Timers): void {
    timers.on(APPROVAL_TIMER, (timer) => this.onDue(timer));
  }

  private async onDue({ tenantId, payload }: DueTimer): Promise<void> {
    const { approval_id, step } = payload as unknown as ApprovalWatch;
    await withRetry(this.parts.clock.nowMs() + SETTLE_MS, async () => {
      const loaded = await this.parts.approvals.load(tenantId, approval_id);
      const { state } = loaded;
      if (state.status !== 'PENDING') return NOTHING;
      const now = this.parts.clock.nowIso();
      if (state.expires_at <= now) return this.expire(tenantId, { ...loaded, state }, now);
      return this.escalate(tenantId, { ...loaded, state }, step, now);
    });
  }

  private async escalate(
    tenantId: string,
    before: LoadedApproval & { readonly state: RequestedApproval },
    step: ApprovalWatch['step'],
    now: string,
  ) {
    const events = step === 'expire' ? [] : approvalDecider.decide({ type: 'Escalate', step }, before.state);
    const set = [nextWatch(before.state, now)];
    // Its end was moved meanwhile: only the watch goes on.
    if (events.length === 0)
      return { outcome: await this.parts.store.transact({ tenantId, now, appends: [], timers: { set } }) };
    const { append, row } = appendApproval(tenantId, before, events, now, SYSTEM_ACTOR);
    return {
      outcome: await this.parts.store.transact({
        tenantId,
        now,
        appends: [append],
        rows: { approvals: [row] },
        timers: { set },
      }),
    };
  }

  /** Nobody has decided: that is a no, and the run is told. */
  private async expire(
    tenantId: string,
    before: LoadedApproval & { readonly state: RequestedApproval },
    now: string,
  ) {
    const { runs, conversations, paused, settled, worker } = this.parts;
    const { run_id, conversation_id } = before.state;
    const [run, conversation] = await Promise.all([
      runs.load(tenantId, run_id),
      conversation_id === null ? null : conversations.load(tenantId, conversation_id),
    ]);
    const events = approvalDecider.decide({ type: 'Expire', now }, before.state);
    const approval = appendApproval(tenantId, before, events, now, SYSTEM_ACTOR);
    const { state } = run;
    const isWaiting = state.status === 'PAUSED' && state.pending.approval_id === before.state.approval_id;
    if (state.status === 'NOT_STARTED' || !isWaiting) {
      const { appends, rows, timers } = approvalPart(approval);
      return { outcome: await this.parts.store.transact({ tenantId, now, appends, rows, timers }) };
    }
    const ended = await paused.talksEnd(tenantId, run, 'over', now);
    const decision = decisionFor(approval.state);
    const {
      outcome,
      run: after,
      version,
    } = await settled.commit({
      tenantId,
      run: { ...run, state },
      conversation,
      commands: [
        ...talkedOf(ended),
        ...(decision ? [{ type: 'RecordDecision', decision } as const] : []),
        ...(conversation_id === null ? [{ type: 'ResumeRun' } as const] : []),
      ],
      talk: [{ type: 'ResumeTurn', now, run_id }],
      parts: [approvalPart(approval), consultationPart(ended)],
      actor: SYSTEM_ACTOR,
      now,
    });
    if (outcome.kind === 'committed' && after.status === 'RUNNING') worker.adopt(tenantId, after, version);
    return { outcome };
  }
}

const NOTHING = { outcome: { kind: 'committed', events: [] } } as const;
