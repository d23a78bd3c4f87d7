import {
  type AnswerOf,
  type approvalRequests,
  BatonError,
  type BodyOf,
  type RequestContext,
  type StaffRole,
} from '@baton/contracts';
import { crashPoint, type Outcome, withRetry } from '@baton/event-store';
import { newId } from '@baton/service';

import { type Decide } from '../approval/approval.commands.js';
import { approvalDecider, mayDecide } from '../approval/approval.decider.js';
import { appendApproval, type ApprovalRepository, NEW_APPROVAL } from '../approval/approval.repository.js';
import type { ApprovalReads } from '../approval/approval.reads.js';
import type { RequestedApproval } from '../approval/approval.state.js';
import { approvalView } from '../approval/approval.view.js';
import { planChanges } from '../approval/plan-changes.js';
import type { ConversationCommand } from '../conversation/conversation.commands.js';
import type { ConversationReads } from '../conversation/conversation.reads.js';
import type { ConversationRepository, Loaded } from '../conversation/conversation.repository.js';
import { ownsOrOversees } from '../conversation/refusals.js';
import { callerKey } from '../run/caller-key.js';
import type { RunCommand } from '../run/run.commands.js';
import type { LoadedRun, RunRepository } from '../run/run.repository.js';
import type { LiveRun } from '../run/run.state.js';
import type { StandaloneRunWorker } from '../run/standalone-run.worker.js';
import { decisionFor } from './approval-outcome.js';
import type { EditedActions } from './edited-action.js';
import { type PausedRuns, talkedOf } from './paused-runs.js';
import { approvalToRequest, type ApprovalToRequest, requestedApproval } from './requested-approval.js';
import type { SettledRuns } from './settle-run.js';
import { approvalPart, type CommitParts, consultationPart } from './settlement.js';

type Body = BodyOf<typeof approvalRequests.decide>;
type Answer = Promise<AnswerOf<typeof approvalRequests.decide>>;

export interface DecidingParts {
  readonly approvals: ApprovalRepository;
  readonly reads: ApprovalReads;
  /** Keys that callers have used. */
  readonly keys: Pick<ConversationReads, 'idempotency'>;
  readonly runs: RunRepository;
  readonly conversations: ConversationRepository;
  readonly edits: EditedActions;
  readonly paused: PausedRuns;
  readonly settled: SettledRuns;
  readonly worker: StandaloneRunWorker;
  readonly digestKey: Buffer;
  readonly nowIso: () => string;
}

/** What a decision is taken on, as the log has it now. */
interface Loadeds {
  readonly approval: { readonly state: RequestedApproval; readonly version: number };
  readonly run: LoadedRun & { readonly state: LiveRun };
  readonly conversation: Loaded | null;
}

/** What a decision makes of the approval, and of the run that waits for it. */
interface Made {
  readonly approval: RequestedApproval;
  readonly parts: readonly CommitParts[];
  /** The approval that counts from here on: an edit makes another. */
  readonly current: RequestedApproval;
}

/** `POST /api/v1/approvals/{id}/decision`: approval, run and conversation change in one commit, or nothing does. */
export class DecideApprovalHandler {
  constructor(private readonly parts: DecidingParts) {}

  /**
   * @throws BatonError `not-found`, `forbidden` for whoever may not decide, `invalid-transition` once it is decided,
   *   `validation-failed` naming the fields of an edit
   */
  async handle(ctx: RequestContext, body: Body, deadline: number): Answer {
    const { outcome, view } = await withRetry(deadline, async () => {
      const loaded = await this.load(ctx.tenant_id, body.approval_id);
      const earlier = await this.earlier(ctx, loaded);
      return earlier ?? this.decide(ctx, body, loaded);
    });
    if (outcome.kind !== 'replayed') return { result: view as NonNullable<typeof view>, replayed: false };
    if (outcome.bodyHash !== ctx.idempotency?.body_hash)
      throw new BatonError('idempotency-key-reused', 'This idempotency key came with another body before');
    return { result: await this.parts.reads.get(ctx.tenant_id, body.approval_id), replayed: true };
  }

  private async load(tenantId: string, approvalId: string): Promise<Loadeds> {
    const { approvals, runs, conversations } = this.parts;
    const approval = await approvals.existing(tenantId, approvalId);
    const { run_id, conversation_id } = approval.state;
    const [run, conversation] = await Promise.all([
      runs.load(tenantId, run_id),
      conversation_id === null ? null : conversations.load(tenantId, conversation_id),
    ]);
    if (run.state.status === 'NOT_STARTED') throw new BatonError('not-found', 'There is no such run');
    return { approval, run: { ...run, state: run.state }, conversation };
  }

  /** A repeat of a decision finds it decided: its first answer stands. */
  private async earlier(
    ctx: RequestContext,
    { approval, run }: Loadeds,
  ): Promise<{ outcome: Outcome; view: undefined } | undefined> {
    if (approval.state.status === 'PENDING') return undefined;
    const [key] = callerKey(ctx, run.state);
    const outcome = key && (await this.parts.keys.idempotency(ctx.tenant_id, [key.scope]));
    return outcome && { outcome, view: undefined };
  }

  private async decide(ctx: RequestContext, body: Body, loaded: Loadeds) {
    const { parts } = this;
    const { run, conversation } = loaded;
    const now = parts.nowIso();
    // 1. Who decides
    const by = deciderOf(ctx);
    requireOwner(ctx, conversation);
    // 2. What it makes of the approval
    const made =
      body.decision === 'EDIT'
        ? await this.edited(ctx, body, loaded, by, now)
        : decided(ctx, loaded, decideCommand(body, by, now), now);
    requireWaiting(run.state, loaded.approval.state);
    // 3. What it means for the run and its conversation
    const talks = await this.talks(ctx.tenant_id, run, made, now);
    const {
      outcome,
      run: after,
      version,
    } = await parts.settled.commit({
      tenantId: ctx.tenant_id,
      run,
      conversation,
      commands: [...talks.commands, ...commandsFor(made, run.state)],
      talk: talkFor(made, run.state.run_id, now),
      parts: [...made.parts, ...talks.parts],
      actor: ctx.actor,
      now,
      correlationId: ctx.request_id,
      idempotency: callerKey(ctx, run.state),
    });
    crashPoint('approval.after_decision');
    // 4. Take it up here, where it goes on at once
    if (outcome.kind === 'committed' && after.status === 'RUNNING')
      parts.worker.adopt(ctx.tenant_id, after, version);
    return { outcome, view: approvalView(made.approval) };
  }

  /** Another action, with an approval of its own: whoever made it agrees to it first. */
  private async edited(
    ctx: RequestContext,
    body: Body,
    { approval, run, conversation }: Loadeds,
    by: Decide['decided_by'],
    now: string,
  ): Promise<Made> {
    const { edits, digestKey } = this.parts;
    if (!body.edited_plan)
      throw new BatonError('validation-failed', 'The request is not valid', {
        errors: [{ path: 'edited_plan', message: 'is required with EDIT' }],
      });
    // Before the plan is looked at: it is nobody's business who may not decide.
    approvalDecider.decide({ ...decideCommand(body, by, now), decision: 'REJECT' }, approval.state);
    const request = await edits.of(
      ctx.tenant_id,
      approval.state,
      run.state,
      conversation?.state ?? null,
      body.edited_plan,
    );
    const next = approvalToRequest(newId('appr'), request, run.state, ctx.tenant_id, digestKey);
    const edit = {
      plan: request.plan,
      changes: planChanges(approval.state.plan, request.plan),
      edited_to: next.approval_id,
    };
    const old = decided(ctx, { approval }, { ...decideCommand(body, by, now), edit }, now);
    const made = agreedByEditor(ctx, next, approval.state, by, body.message ?? null, now);
    return { approval: old.approval, parts: [...old.parts, approvalPart(made)], current: made.state };
  }

  /** A decision ends what is talked about, and the run goes on knowing it. */
  private async talks(
    tenantId: string,
    run: LoadedRun,
    { current }: Made,
    now: string,
  ): Promise<{ readonly commands: readonly RunCommand[]; readonly parts: readonly CommitParts[] }> {
    if (current.status === 'PENDING') return { commands: [], parts: [] };
    const ended = await this.parts.paused.talksEnd(tenantId, run, 'decided', now);
    return { commands: talkedOf(ended), parts: [consultationPart(ended)] };
  }
}

const deciderOf = ({ actor }: RequestContext): { agent_id: string; role: StaffRole } => {
  if (actor.type !== 'human_agent' || actor.role === undefined)
    throw new BatonError('forbidden', 'A person decides: this needs a staff token');
  return { agent_id: actor.id, role: actor.role };
};

/** Whoever has the conversation has the decision. */
const requireOwner = ({ actor }: RequestContext, conversation: Loaded | null): void => {
  if (conversation?.state.status !== 'HUMAN_ACTIVE') return;
  if (!ownsOrOversees(actor, conversation.state.agent_id))
    throw new BatonError('forbidden', 'Whoever has the conversation decides, or a supervisor');
};

/** An approval of a run that ended, or that asks something else by now, lets nothing through. */
const requireWaiting = (run: LiveRun, { approval_id }: RequestedApproval): void => {
  const isWaiting = run.status === 'PAUSED' && run.pending.approval_id === approval_id;
  if (!isWaiting)
    throw new BatonError('invalid-transition', 'The run does not wait for this decision any more', {
      details: { state: run.status },
    });
};

const decideCommand = (body: Body, decided_by: Decide['decided_by'], now: string): Decide => ({
  type: 'Decide',
  decision: body.decision,
  decided_by,
  message: body.message ?? null,
  edit: null,
  now,
});

const decided = (
  ctx: RequestContext,
  { approval }: Pick<Loadeds, 'approval'>,
  command: Decide,
  now: string,
): Made => {
  const events = approvalDecider.decide(command, approval.state);
  const append = appendApproval(ctx.tenant_id, approval, events, now, ctx.actor);
  return { approval: append.state, current: append.state, parts: [approvalPart(append)] };
};

/** Asked for and, as far as the editor's word goes, agreed to in one commit. */
const agreedByEditor = (
  ctx: RequestContext,
  next: ApprovalToRequest,
  edited: RequestedApproval,
  by: Decide['decided_by'],
  message: string | null,
  now: string,
) => {
  const asked = requestedApproval(ctx.tenant_id, next, now, edited.approval_id);
  if (!mayDecide(by.role, asked.state.required_role) || asked.state.excluded_agent_ids.includes(by.agent_id))
    return asked;
  const agreed = approvalDecider.decide(
    { type: 'Decide', decision: 'APPROVE', decided_by: by, message, edit: null, now },
    asked.state,
  );
  return appendApproval(ctx.tenant_id, NEW_APPROVAL, [...asked.events, ...agreed], now, ctx.actor);
};

/** The conversation goes on with its run, or waits for another approval; a first of two approvals changes nothing yet. */
const talkFor = (
  { approval, current }: Made,
  run_id: string,
  now: string,
): readonly ConversationCommand[] => {
  if (current.status !== 'PENDING') return [{ type: 'ResumeTurn', now, run_id }];
  if (current.approval_id === approval.approval_id) return [];
  return [{ type: 'RepauseTurn', now, run_id, approval_id: current.approval_id }];
};

/** The run waits for the edited action now, and goes on where that is agreed to already. */
const commandsFor = ({ approval, current }: Made, run: LiveRun): readonly RunCommand[] => {
  const decision = decisionFor(current);
  return [
    ...(current.approval_id === approval.approval_id
      ? []
      : [
          {
            type: 'PauseRun',
            pause: { approval_id: current.approval_id, consultation_id: null, node_id: current.node_id },
          } as const,
        ]),
    ...(decision ? [{ type: 'RecordDecision', decision } as const] : []),
    // A conversation's run is taken up with its turn.
    ...(decision && run.conversation_id === null ? [{ type: 'ResumeRun' } as const] : []),
  ];
};
