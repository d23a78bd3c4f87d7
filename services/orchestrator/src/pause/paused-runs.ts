import { SYSTEM_ACTOR } from '@baton/contracts';

import type { ApprovalRepository } from '../approval/approval.repository.js';
import type { ConsultationEndings, EndedConsultations } from '../consultation/consultation-endings.js';
import { conversationKeyId } from '../conversation/conversation-ref.js';
import type { PausedTurn } from '../conversation/conversation.state.js';
import type { EndingPause, PausedRunsPort } from '../conversation/paused-runs.port.js';
import type { RunCommand } from '../run/run.commands.js';
import type { LoadedRun, RunRepository } from '../run/run.repository.js';
import { type PausedRun, type RunningRun, usageOf } from '../run/run.state.js';
import {
  changedApproval,
  type CommitParts,
  consultationPart,
  NO_PARTS,
  runEventsOf,
  together,
} from './settlement.js';

/** What becomes of a paused run when its conversation goes another way than by a decision. */
export class PausedRuns implements PausedRunsPort {
  constructor(
    private readonly runs: RunRepository,
    private readonly approvals: ApprovalRepository,
    private readonly consultations: ConsultationEndings,
  ) {}

  /** The run ends, and what it waited for with it. */
  async cancelled(
    tenantId: string,
    conversationId: string,
    paused: PausedTurn,
    why: string,
    now: string,
  ): Promise<EndingPause> {
    const before = await this.runs.load(tenantId, paused.turn.run_id, conversationKeyId(conversationId));
    const parts = await this.cancelling(tenantId, before, why, now);
    const usage = before.state.status === 'NOT_STARTED' ? null : usageOf(before.state);
    return { ...parts, usage };
  }

  /** As {@link cancelled}, of a run that was loaded: also of one that has just been let go on. */
  async cancelling(tenantId: string, before: LoadedRun, why: string, now: string): Promise<CommitParts> {
    const { state } = before;
    if (state.status !== 'PAUSED' && state.status !== 'RUNNING') return NO_PARTS;
    const ended = await this.talksEnd(tenantId, before, 'over', now);
    return together(
      this.runPart(tenantId, before, [...talkedOf(ended), { type: 'CancelRun', reason: why }], now),
      await this.withoutApprovals(tenantId, before, why, now),
      consultationPart(ended),
    );
  }

  /** The conversation is the AI's again: it goes on, with a no where nobody has decided. */
  async givenBack(
    tenantId: string,
    conversationId: string,
    paused: PausedTurn,
    guidance: string | null,
    now: string,
  ): Promise<EndingPause> {
    const before = await this.runs.load(tenantId, paused.turn.run_id, conversationKeyId(conversationId));
    const { state } = before;
    if (state.status !== 'PAUSED') return { ...NO_PARTS, usage: null };
    const ended = await this.talksEnd(tenantId, before, 'over', now);
    const { approval_id, is_decided } = state.pending;
    const approval =
      approval_id === null || is_decided
        ? null
        : (await this.approvals.existing(tenantId, approval_id, conversationKeyId(conversationId))).state;
    const parts = together(
      this.runPart(
        tenantId,
        before,
        [
          ...talkedOf(ended),
          ...(approval
            ? [
                {
                  type: 'RecordDecision',
                  decision: {
                    approval_id: approval.approval_id,
                    kind: approval.kind,
                    node_id: approval.node_id,
                    call_id: approval.call_id,
                    decision: 'CANCELLED',
                    action_digest: null,
                    plan: null,
                    is_edited: false,
                    message: guidance,
                    decided_by: [],
                  },
                } satisfies RunCommand,
              ]
            : []),
        ],
        now,
      ),
      approval ? await this.withoutApprovals(tenantId, before, GIVEN_BACK, now) : NO_PARTS,
      consultationPart(ended),
    );
    return { ...parts, usage: null };
  }

  /** Of what a run waits for, by its own commands: a part of the commit. */
  runPart(tenantId: string, before: LoadedRun, commands: readonly RunCommand[], now: string): CommitParts {
    const events = runEventsOf(before, commands, now);
    if (events.length === 0) return NO_PARTS;
    const { append, rows } = this.runs.append(tenantId, before, events, now);
    return { appends: [append], rows, timers: { set: [], cancel: [] } };
  }

  talksEnd(
    tenantId: string,
    { state }: LoadedRun,
    cause: 'decided' | 'over',
    now: string,
  ): Promise<EndedConsultations> {
    if (state.status !== 'PAUSED') return Promise.resolve(NO_TALKS);
    const { approval_id } = state.pending;
    const { run_id } = state;
    return this.consultations.of(
      tenantId,
      { run_id, ...(approval_id !== null && { approval_id }) },
      cause,
      now,
    );
  }

  /** What it waits for, or may do and has not begun, lets nothing through any more. */
  async withoutApprovals(
    tenantId: string,
    { state }: LoadedRun,
    reason: string,
    now: string,
  ): Promise<CommitParts> {
    if (state.status !== 'PAUSED' && state.status !== 'RUNNING') return NO_PARTS;
    const loaded = await Promise.all(openApprovals(state).map((id) => this.approvals.load(tenantId, id)));
    const known = loaded.filter(({ state: approval }) => approval.status !== 'NONE');
    return together(
      ...known.map(
        (approval) => changedApproval(tenantId, approval, { type: 'Cancel', reason }, now, SYSTEM_ACTOR).part,
      ),
    );
  }
}

const openApprovals = (run: RunningRun | PausedRun): string[] => {
  const begun = new Set(Object.values(run.tools_started).map(({ approval_id }) => approval_id));
  const agreed = Object.values(run.decisions)
    .filter(({ decision, approval_id }) => decision === 'APPROVED' && !begun.has(approval_id))
    .map(({ approval_id }) => approval_id);
  const pending = run.status === 'PAUSED' ? run.pending.approval_id : null;
  return [...new Set(pending === null ? agreed : [...agreed, pending])];
};

const GIVEN_BACK = 'The conversation was given back without a decision';

const NO_TALKS: EndedConsultations = { appends: [], rows: {}, timers: { cancel: [] }, consulted: [] };

/** What was said with its agent, as the run goes on knowing it. */
export const talkedOf = ({ consulted }: EndedConsultations): RunCommand[] =>
  consulted.map((consultation) => ({ type: 'RecordConsultation', consultation }));
