import { BatonError } from '@baton/contracts';
import type { Database } from '@baton/service';

import type { ApprovalRepository } from '../approval/approval.repository.js';
import type { RequestedApproval } from '../approval/approval.state.js';
import type { ConversationRepository } from '../conversation/conversation.repository.js';
import type { Erased, LiveConversation } from '../conversation/conversation.state.js';
import type { RunRepository } from '../run/run.repository.js';
import type { LiveRun } from '../run/run.state.js';
import type { WorkflowRegistry } from '../workflow/workflow.registry.js';
import type { Workflow } from '../workflow/workflow.js';
import type { KnownConsultation } from './consultation.state.js';

/** What somebody wants to talk about: exactly one. */
export interface AskedAbout {
  readonly approval_id?: string | undefined;
  readonly run_id?: string | undefined;
  readonly conversation_id?: string | undefined;
}

/** What a consultation is about, as it is now. */
export interface ConsultedSubject {
  readonly approval: { readonly state: RequestedApproval; readonly version: number } | null;
  readonly run: LiveRun | null;
  readonly conversation: LiveConversation | Erased | null;
  readonly workflow: { readonly name: string; readonly version: number };
}

/** Finds what a consultation is about: the approval that waits, the run, the conversation around them. */
export class ConsultedSubjects {
  constructor(
    private readonly database: Database,
    private readonly approvals: ApprovalRepository,
    private readonly runs: RunRepository,
    private readonly conversations: ConversationRepository,
    private readonly workflows: WorkflowRegistry,
  ) {}

  /** @throws BatonError `validation-failed` unless it is exactly one, `not-found`, `erased` */
  async find(tenantId: string, asked: AskedAbout): Promise<ConsultedSubject> {
    requireOne(asked);
    const { approval_id, run_id, conversation_id } = asked;
    if (approval_id !== undefined) {
      const approval = await this.approvals.existing(tenantId, approval_id);
      return this.around(tenantId, approval, await this.run(tenantId, approval.state.run_id), null);
    }
    if (run_id !== undefined) {
      const run = await this.run(tenantId, run_id);
      if (!run) throw new BatonError('not-found', 'There is no such run');
      return this.around(tenantId, await this.pendingOf(tenantId, run), run, null);
    }
    return this.ofConversation(tenantId, conversation_id as string);
  }

  /** The same later, by what the consultation was begun about. */
  async again(tenantId: string, consultation: KnownConsultation): Promise<ConsultedSubject> {
    const { approval_id, run_id, conversation_id } = consultation;
    const [approval, run, conversation] = await Promise.all([
      approval_id === null ? null : this.approvals.existing(tenantId, approval_id),
      run_id === null ? null : this.run(tenantId, run_id),
      conversation_id === null ? null : this.conversation(tenantId, conversation_id),
    ]);
    return { approval, run, conversation, workflow: consultation.workflow };
  }

  /** The workflow's text as the run began with it. */
  async workflowOf(tenantId: string, { run, workflow }: ConsultedSubject): Promise<Workflow> {
    if (run?.definition !== undefined) return this.workflows.unregistered(run.definition).workflow;
    return (await this.workflows.version(tenantId, workflow.name, workflow.version)).workflow;
  }

  private async ofConversation(tenantId: string, conversationId: string): Promise<ConsultedSubject> {
    const conversation = await this.conversation(tenantId, conversationId);
    if (!conversation) throw new BatonError('not-found', 'There is no such conversation');
    if (conversation.status === 'ERASED') throw new BatonError('erased', 'This conversation was erased');
    const runId = await this.latestRun(tenantId, conversation);
    const run = runId === undefined ? null : await this.run(tenantId, runId);
    const approval = run && (await this.pendingOf(tenantId, run));
    return { approval, run, conversation, workflow: run?.workflow ?? conversation.workflow };
  }

  private async around(
    tenantId: string,
    approval: ConsultedSubject['approval'],
    run: LiveRun | null,
    known: ConsultedSubject['conversation'],
  ): Promise<ConsultedSubject> {
    const conversationId = approval?.state.conversation_id ?? run?.conversation_id ?? null;
    const conversation =
      known ?? (conversationId === null ? null : await this.conversation(tenantId, conversationId));
    if (conversation?.status === 'ERASED') throw new BatonError('erased', 'This conversation was erased');
    const workflow = run?.workflow ?? approval?.state.workflow;
    if (!workflow) throw new BatonError('not-found', 'There is nothing to talk about');
    return { approval, run, conversation, workflow };
  }

  /** The approval that a run stands still for, as long as nobody has decided it. */
  private async pendingOf(tenantId: string, run: LiveRun): Promise<ConsultedSubject['approval']> {
    if (run.status !== 'PAUSED' || run.pending.approval_id === null) return null;
    const approval = await this.approvals.existing(tenantId, run.pending.approval_id);
    return approval.state.status === 'PENDING' ? approval : null;
  }

  private async run(tenantId: string, runId: string): Promise<LiveRun | null> {
    const { state } = await this.runs.load(tenantId, runId);
    return state.status === 'NOT_STARTED' ? null : state;
  }

  private async conversation(
    tenantId: string,
    conversationId: string,
  ): Promise<ConsultedSubject['conversation']> {
    const { state } = await this.conversations.load(tenantId, conversationId);
    return state.status === 'NOT_STARTED' ? null : state;
  }

  private async latestRun(
    tenantId: string,
    conversation: LiveConversation | Erased,
  ): Promise<string | undefined> {
    const atWork = conversation.status === 'AI_PROCESSING' ? conversation.running?.run_id : null;
    if (typeof atWork === 'string') return atWork;
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<{ run_id: string }>(
        `SELECT run_id FROM ${this.database.schema}.runs WHERE tenant_id = $1 AND conversation_id = $2
          ORDER BY created_at DESC, run_id DESC LIMIT 1`,
        [tenantId, conversation.conversation_id],
      ),
    );
    return row?.run_id;
  }
}

const FIELDS = ['approval_id', 'run_id', 'conversation_id'] as const;

const requireOne = (asked: AskedAbout): void => {
  const given = FIELDS.filter((field) => asked[field] !== undefined);
  if (given.length === 1) return;
  const message = given.length === 0 ? 'is required, or another of the three' : 'can not go with the others';
  throw new BatonError('validation-failed', `Name one of ${FIELDS.join(', ')}, and no more`, {
    errors: (given.length === 0 ? FIELDS.slice(0, 1) : given).map((path) => ({ path, message })),
  });
};

/** The node that speaks: whose plan it is, or the last agent of the run that worked. */
export const speakerOf = ({ approval, run }: ConsultedSubject, workflow: Workflow | null): string | null => {
  if (approval) return approval.state.node_id;
  if (!run) return null;
  const agents = [...Object.keys(run.steps), ...Object.keys(run.thoughts)].filter(
    (id) => workflow?.nodes.get(id)?.type === 'agent' || run.thoughts[id] !== undefined,
  );
  return agents.at(-1) ?? null;
};
