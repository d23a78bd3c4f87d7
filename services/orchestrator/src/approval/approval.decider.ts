import { type ApprovalEvent, BatonError, STAFF_ROLES, type StaffRole } from '@baton/contracts';
import type { Decider, Stamped } from '@baton/event-store';

import type { ApprovalCommand, Decide } from './approval.commands.js';
import { type Approval, approvalsOf, type RequestedApproval } from './approval.state.js';

type Events = readonly ApprovalEvent[];

const decide = (command: ApprovalCommand, state: Approval): Events => {
  if (command.type === 'RequestApproval')
    return state.status === 'NONE' ? [{ type: 'approval.requested', data: command.approval }] : [];
  if (state.status === 'NONE') throw new BatonError('not-found', 'There is no such approval');
  const of = whose(state);
  switch (command.type) {
    case 'Decide':
      return decided(command, state);
    case 'Escalate':
      return state.status === 'PENDING'
        ? [
            {
              type: 'approval.escalated',
              data: {
                ...of,
                step: command.step,
                required_role: state.required_role,
                expires_at: state.expires_at,
              },
            },
          ]
        : [];
    case 'Extend':
      return state.status === 'PENDING' && state.expires_at < command.not_before
        ? [{ type: 'approval.extended', data: { ...of, expires_at: command.not_before } }]
        : [];
    case 'Expire':
      // A timer that was set before a question moved the end comes too early.
      return state.status === 'PENDING' && state.expires_at <= command.now
        ? [{ type: 'approval.expired', data: of }]
        : [];
    case 'Cancel':
      return state.status === 'PENDING' || state.status === 'APPROVED'
        ? [{ type: 'approval.cancelled', data: { ...of, reason: command.reason } }]
        : [];
    case 'StartExecution':
      return startExecution(command, state);
    case 'FinishExecution':
      return finishExecution(command.error, state);
    default:
      return command satisfies never;
  }
};

const decided = (command: Decide, state: RequestedApproval): Events => {
  const { decision, decided_by, message, edit, now } = command;
  if (state.status !== 'PENDING') throw overAlready(state);
  // Time has said no, even where its timer has not come by yet.
  if (state.expires_at <= now) throw overAlready({ ...state, status: 'EXPIRED' });
  requireDecider(decided_by, state);
  if (state.kind === 'reconnect' && (decision === 'EDIT' || decision === 'RESPOND'))
    throw new BatonError(
      'validation-failed',
      `A connection that is missing can't be decided with ${decision}`,
      {
        errors: [{ path: 'decision', message: 'must be APPROVE once it is connected again, or REJECT' }],
      },
    );
  return [
    {
      type: 'approval.decided',
      data: {
        ...whose(state),
        decision,
        status: statusAfter(decision, state),
        decided_by,
        action_digest: state.action_digest,
        message,
        edited_plan: edit?.plan ?? null,
        changes: [...(edit?.changes ?? [])],
        edited_to: edit?.edited_to ?? null,
      },
    },
  ];
};

/** @throws BatonError `forbidden` where they may not decide, `invalid-transition` where they did */
const requireDecider = (by: Decide['decided_by'], state: RequestedApproval): void => {
  if (!mayDecide(by.role, state.required_role))
    throw new BatonError('forbidden', `This needs the role ${state.required_role}`, {
      details: { required_role: state.required_role },
    });
  if (state.excluded_agent_ids.includes(by.agent_id))
    throw new BatonError('forbidden', 'Whoever set an action off may not decide on it: the policy says so');
  if (state.decisions.some(({ decided_by }) => decided_by.agent_id === by.agent_id))
    throw new BatonError('invalid-transition', 'You have decided on it already: it needs another person', {
      details: { state: state.status },
    });
};

/** Each role includes the ones before it. */
export const mayDecide = (role: StaffRole, required: StaffRole): boolean =>
  STAFF_ROLES.indexOf(role) >= STAFF_ROLES.indexOf(required);

const statusAfter = (decision: Decide['decision'], state: RequestedApproval) => {
  switch (decision) {
    case 'APPROVE':
      return approvalsOf(state) + 1 >= state.approvals_needed ? 'APPROVED' : 'PENDING';
    case 'REJECT':
      return 'REJECTED';
    case 'EDIT':
      return 'EDITED';
    case 'RESPOND':
      return 'RESPONDED';
  }
};

const startExecution = (
  { action_digest, idempotency_key }: Extract<ApprovalCommand, { type: 'StartExecution' }>,
  state: RequestedApproval,
): Events => {
  // The other steps of a plan that is under way.
  if (state.status === 'EXECUTING' && state.kind === 'plan' && state.action_digest === action_digest)
    return [];
  // One action, once: what another worker began, or was taken back meanwhile, is not begun here.
  if (state.status !== 'APPROVED')
    throw new BatonError('stale-owner', `What was agreed to is ${state.status} now`);
  if (state.action_digest !== action_digest)
    throw new BatonError('internal', 'Another action than the one that was agreed to');
  return [{ type: 'approval.execution_started', data: { ...whose(state), action_digest, idempotency_key } }];
};

const finishExecution = (
  error: { readonly code: string; readonly message: string } | null,
  state: RequestedApproval,
): Events => {
  if (state.status !== 'EXECUTING') return [];
  const steps_left = state.steps_left - 1;
  if (error === null && steps_left > 0)
    return [{ type: 'approval.step_executed', data: { ...whose(state), steps_left } }];
  return [
    error === null
      ? { type: 'approval.executed', data: whose(state) }
      : { type: 'approval.failed', data: { ...whose(state), error: { ...error } } },
  ];
};

const overAlready = ({ status }: RequestedApproval): BatonError =>
  new BatonError('invalid-transition', `This is decided already: it is ${status}`, {
    details: { state: status },
  });

const whose = ({ approval_id, run_id, conversation_id }: RequestedApproval) => ({
  approval_id,
  run_id,
  conversation_id,
});

/** Total: what does not fit leaves the state as it is. */
const evolve = (state: Approval, event: Stamped<ApprovalEvent>): Approval => {
  if (event.type === 'approval.requested') return state.status === 'NONE' ? requested(event) : state;
  if (state.status === 'NONE') return state;
  const now = { ...state, updated_at: event.occurred_at };
  switch (event.type) {
    case 'approval.decided':
      return state.status === 'PENDING' ? withDecision(now, event) : state;
    case 'approval.extended':
      return state.status === 'PENDING' ? { ...now, expires_at: event.data.expires_at } : state;
    case 'approval.expired':
      return state.status === 'PENDING' ? { ...now, status: 'EXPIRED' } : state;
    case 'approval.cancelled':
      return state.status === 'PENDING' || state.status === 'APPROVED'
        ? { ...now, status: 'CANCELLED', cancelled_because: event.data.reason }
        : state;
    case 'approval.execution_started':
      return state.status === 'APPROVED' ? { ...now, status: 'EXECUTING' } : state;
    case 'approval.step_executed':
      return state.status === 'EXECUTING' ? { ...now, steps_left: event.data.steps_left } : state;
    case 'approval.executed':
      return state.status === 'EXECUTING' ? { ...now, status: 'EXECUTED' } : state;
    case 'approval.failed':
      return state.status === 'EXECUTING' ? { ...now, status: 'FAILED', error: event.data.error } : state;
    case 'approval.escalated':
      return now;
    default:
      return unknownEvent(state, event);
  }
};

/** A type this code does not know: written by a newer version, ignored by this one. */
const unknownEvent = (state: Approval, _event: never): Approval => state;

const requested = ({
  data,
  occurred_at,
}: Extract<Stamped<ApprovalEvent>, { type: 'approval.requested' }>): RequestedApproval => ({
  ...data,
  status: 'PENDING',
  steps_left: Math.max(1, data.plan.steps?.length ?? 1),
  decisions: [],
  edited_to: null,
  error: null,
  cancelled_because: null,
  requested_at: occurred_at,
  updated_at: occurred_at,
});

const withDecision = (
  state: RequestedApproval,
  { data, occurred_at }: Extract<Stamped<ApprovalEvent>, { type: 'approval.decided' }>,
): RequestedApproval => ({
  ...state,
  status: data.status,
  edited_to: data.edited_to,
  decisions: [
    ...state.decisions,
    {
      decision: data.decision,
      decided_by: data.decided_by,
      message: data.message,
      decided_at: occurred_at,
      edited_plan: data.edited_plan,
      changes: data.changes,
    },
  ],
});

/** One action that waits for people: asked for, decided, done once. */
export const approvalDecider: Decider<ApprovalCommand, ApprovalEvent, Approval> = {
  initialState: () => ({ status: 'NONE' }),
  decide,
  evolve,
};
